"""Mails about one request."""

from typing import NamedTuple

from models.mail_templates.frame import RenderedMail, compose
from models.words import label


class MailContext(NamedTuple):
    """The fields of a request that mails use."""

    id: int
    reference: str
    language: str
    description: str
    location: str
    category: str
    priority: str
    status: str
    danger: str
    contact_email: str


_WORDS = {
    "ko": {
        "reference": "접수 번호",
        "location": "위치",
        "category": "분류",
        "priority": "긴급도",
        "status": "상태",
        "follow": "진행 상황 보기",
        "open": "운영 화면에서 열기",
    },
    "en": {
        "reference": "Reference",
        "location": "Location",
        "category": "Category",
        "priority": "Priority",
        "status": "Status",
        "follow": "Follow your request",
        "open": "Open on the desk",
    },
}


def _language(request: MailContext) -> str:
    return "ko" if request.language == "ko" else "en"


def _facts(request: MailContext, language: str, *names: str) -> list[tuple[str, str]]:
    words = _WORDS[language]
    facts = [(words["reference"], request.reference)]
    for name in names:
        value = getattr(request, name)
        if name in ("category", "priority", "status"):
            value = label(name, value, language)
        if value:
            facts.append((words[name], value))
    return facts


def write_receipt(request: MailContext, link: str) -> RenderedMail:
    """To the requester: the request was received, its reference, and a link to its status."""
    language = _language(request)
    if language == "ko":
        subject = f"[하자] 접수되었습니다: {request.reference}"
        opening = "유지보수 요청이 접수되었습니다. 아래 번호로 진행 상황을 확인하실 수 있습니다."
    else:
        subject = f"[Haja] We have your request: {request.reference}"
        opening = "Your maintenance request is written down. You can follow it under this number."
    return compose(
        language,
        subject=subject,
        opening=opening,
        facts=_facts(request, language, "location", "category", "priority"),
        quote=request.description,
        link=(_WORDS[language]["follow"], link),
    )


def write_update(request: MailContext, link: str) -> RenderedMail:
    """To the requester: the present status."""
    language = _language(request)
    status = label("status", request.status, language)
    if language == "ko":
        subject = f"[하자] {request.reference} 처리 상태: {status}"
        opening = f"요청하신 유지보수의 상태가 '{status}'(으)로 바뀌었습니다."
    else:
        subject = f"[Haja] {request.reference} is now: {status}"
        opening = f"Your maintenance request is now: {status}."
    return compose(
        language,
        subject=subject,
        opening=opening,
        facts=_facts(request, language, "location", "status"),
        quote=request.description,
        link=(_WORDS[language]["follow"], link),
    )


def write_notice(request: MailContext, link: str) -> RenderedMail:
    """To operators, in the requester's language: a new request."""
    language = _language(request)
    priority = label("priority", request.priority, language)
    category = label("category", request.category, language)
    place = f" · {request.location}" if request.location else ""
    danger = f"⚠ {label('danger', request.danger, language)} · " if request.danger else ""
    head = "하자" if language == "ko" else "Haja"
    opening = (
        "새 유지보수 요청이 들어왔습니다." if language == "ko" else "A new maintenance request."
    )
    return compose(
        language,
        subject=f"[{head}] {danger}{priority} · {category}{place} · {request.reference}",
        opening=opening,
        facts=_facts(request, language, "priority", "category", "location"),
        quote=request.description,
        link=(_WORDS[language]["open"], link),
    )
