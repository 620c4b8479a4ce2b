"""The enumerations of the domain and their labels."""

from enum import StrEnum


class Category(StrEnum):
    PENDING = "pending"
    ELECTRICAL = "electrical"
    PLUMBING = "plumbing"
    HVAC = "hvac"
    STRUCTURAL = "structural"
    ELEVATOR = "elevator"
    SECURITY = "security"
    FIRE_SAFETY = "fire_safety"
    APPLIANCE = "appliance"
    PEST = "pest"
    CLEANING = "cleaning"
    OTHER = "other"


class Priority(StrEnum):
    PENDING = "pending"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class Status(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Language(StrEnum):
    KOREAN = "ko"
    ENGLISH = "en"


class Role(StrEnum):
    OPERATOR = "operator"
    MANAGER = "manager"
    ADMIN = "admin"


LABELS: dict[str, dict[str, dict[str, str]]] = {
    "category": {
        "pending": {"ko": "분류 대기", "en": "Pending"},
        "electrical": {"ko": "전기", "en": "Electrical"},
        "plumbing": {"ko": "배관·누수", "en": "Plumbing"},
        "hvac": {"ko": "냉난방", "en": "Heating and cooling"},
        "structural": {"ko": "건축", "en": "Structural"},
        "elevator": {"ko": "승강기", "en": "Elevator"},
        "security": {"ko": "보안·출입", "en": "Security and access"},
        "fire_safety": {"ko": "소방", "en": "Fire safety"},
        "appliance": {"ko": "가전·설비", "en": "Appliance"},
        "pest": {"ko": "해충", "en": "Pest"},
        "cleaning": {"ko": "청소", "en": "Cleaning"},
        "other": {"ko": "기타", "en": "Other"},
    },
    "priority": {
        "pending": {"ko": "판단 대기", "en": "Pending"},
        "low": {"ko": "낮음", "en": "Low"},
        "medium": {"ko": "보통", "en": "Medium"},
        "high": {"ko": "높음", "en": "High"},
        "urgent": {"ko": "긴급", "en": "Urgent"},
    },
    "status": {
        "pending": {"ko": "접수", "en": "Received"},
        "in_progress": {"ko": "처리 중", "en": "In progress"},
        "on_hold": {"ko": "보류", "en": "On hold"},
        "completed": {"ko": "완료", "en": "Completed"},
        "cancelled": {"ko": "취소", "en": "Cancelled"},
    },
}

DANGERS: dict[str, dict[str, str]] = {
    "fire": {"ko": "화재", "en": "Fire"},
    "gas": {"ko": "가스", "en": "Gas"},
    "carbon_monoxide": {"ko": "일산화탄소", "en": "Carbon monoxide"},
    "violence": {"ko": "폭력·침입", "en": "Violence or intruder"},
    "injury": {"ko": "부상", "en": "Somebody hurt"},
    "fumes": {"ko": "유독 가스", "en": "Harmful fumes"},
    "pressure": {"ko": "폭발 위험", "en": "Pressure too high"},
    "smoke": {"ko": "연기", "en": "Smoke"},
    "blocked_exit": {"ko": "대피로 막힘", "en": "Way of escape blocked"},
    "lift": {"ko": "승강기 사고", "en": "Lift out of control"},
    "trapped": {"ko": "갇힘", "en": "Somebody trapped"},
    "electric": {"ko": "감전", "en": "Live wires"},
    "flooding": {"ko": "침수", "en": "Flooding"},
    "collapse": {"ko": "붕괴", "en": "Collapse"},
    "falling": {"ko": "추락물", "en": "Parts may fall"},
    "freeze": {"ko": "혹한", "en": "Dangerously cold"},
    "heat": {"ko": "폭염", "en": "Dangerously hot"},
    "no_supply": {"ko": "취약자 단수·단전", "en": "No water or power for the frail"},
}

# Of requests that somebody still has to do something about.
OPEN = (Status.PENDING, Status.IN_PROGRESS, Status.ON_HOLD)

# Which status may follow which. Reopening is allowed: a fault that comes back is the same fault.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset(
        {Status.IN_PROGRESS, Status.ON_HOLD, Status.COMPLETED, Status.CANCELLED}
    ),
    Status.IN_PROGRESS: frozenset(
        {Status.PENDING, Status.ON_HOLD, Status.COMPLETED, Status.CANCELLED}
    ),
    Status.ON_HOLD: frozenset(
        {Status.PENDING, Status.IN_PROGRESS, Status.COMPLETED, Status.CANCELLED}
    ),
    Status.COMPLETED: frozenset({Status.IN_PROGRESS}),
    Status.CANCELLED: frozenset({Status.PENDING, Status.IN_PROGRESS}),
}


def label(kind: str, name: str, language: str) -> str:
    """The label that people read: ``label("status", "on_hold", "ko") == "보류"``."""
    names = DANGERS if kind == "danger" else LABELS[kind]
    return names[name]["ko" if language == "ko" else "en"]
