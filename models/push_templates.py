"""What messages to browsers say. They stand on locked screens: no contact data, and nothing that
somebody wrote but the place."""

from collections.abc import Iterable

from models.maintenance_request import MaintenanceRequest
from models.push_message import PushKind
from models.services.masking import mask
from models.timeline_entry import QUESTION, REPLY
from models.words import Category, Priority, label

_MOST_PLACE = 80  # characters of the place that are shown

_WORDS = {
    "ko": {
        PushKind.ASSIGNMENT: "담당 배정",
        REPLY: "관리사무소의 글이 있습니다.",
        QUESTION: "관리사무소의 질문이 있습니다. 눌러서 답해 주세요.",
        "changed": "처리 상태가 바뀌었습니다. 눌러서 확인하세요.",
    },
    "en": {
        PushKind.ASSIGNMENT: "Assigned to you",
        REPLY: "There is a message from the building office.",
        QUESTION: "The building office has a question. Tap to answer it.",
        "changed": "It has changed. Tap to see how it stands.",
    },
}


def write_for_operator(
    kind: PushKind, request: MaintenanceRequest, language: str
) -> tuple[str, str]:
    """Title and body: what is wrong, and where."""
    head = [_WORDS[language][kind]] if kind is PushKind.ASSIGNMENT else []
    if request.danger:
        head.append(f"⚠ {label('danger', request.danger, language)}")
    if request.priority != Priority.PENDING:
        head.append(label("priority", request.priority, language))
    if request.category != Category.PENDING:
        head.append(label("category", request.category, language))
    place = mask(request.location, [request.requester_name])
    if len(place) > _MOST_PLACE:
        place = f"{place[:_MOST_PLACE]}…"
    return " · ".join(head), " · ".join(filter(None, (place, request.reference)))


def write_for_requester(
    request: MaintenanceRequest, news: Iterable[str], language: str
) -> tuple[str, str]:
    """Title and body: how the request stands, and whether somebody wrote. ``news`` are the events
    since the requester was told last."""
    told = next((event for event in (QUESTION, REPLY) if event in set(news)), "changed")
    title = f"{label('status', request.status, language)} · {request.reference}"
    return title, _WORDS[language][told]
