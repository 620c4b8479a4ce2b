"""Mails about one request."""

from collections.abc import Sequence
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
    assignee: str
    link_version: int
    assignee_user_id: int | None
    assignee_team_id: int | None


class Reply(NamedTuple):
    """What an operator wrote to the requester; ``id`` is of its timeline entry."""

    id: int
    text: str
    is_question: bool


_WORDS = {
    "ko": {
        "answer": "여기에서 답하기",
        "message": "관리사무소의 글",
        "question": "관리사무소의 질문",
        "message_opening": "관리사무소에서 알려 드립니다.",
        "question_opening": "관리사무소에서 여쭙니다. 답을 주시면 처리를 이어 갑니다. "
        "이 메일에 회신하지 마시고 아래 페이지에서 답해 주세요.",
        "reference": "접수 번호",
        "location": "위치",
        "category": "분류",
        "priority": "긴급도",
        "status": "상태",
        "follow": "진행 상황 보기",
        "open": "운영 화면에서 열기",
        "assigned": "담당자 배정됨",
        "unknown": "이 주소로 보내는 첫 안내여서 접수 내용은 아래 페이지에서만 보여 드립니다. "
        "요청하신 적이 없다면 누군가 주소를 잘못 적은 것이니 무시하셔도 됩니다.",
    },
    "en": {
        "answer": "Answer here",
        "message": "a message for you",
        "question": "a question for you",
        "message_opening": "A message from the building office.",
        "question_opening": "The building office has a question; the work goes on once you have "
        "answered it. Please answer on the page below, not by replying to this mail.",
        "reference": "Reference",
        "location": "Location",
        "category": "Category",
        "priority": "Priority",
        "status": "Status",
        "follow": "Follow your request",
        "open": "Open on the desk",
        "assigned": "assigned",
        "unknown": "As this address is new to us, what was reported is shown only on the page below. "
        "If you asked for nothing, somebody mistyped an address and you can ignore this message.",
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


def write_receipt(request: MailContext, link: str, *, known: bool = False) -> RenderedMail:
    """To the requester: the request was received, its reference, and a link to its status.

    What the requester wrote is left out unless the address is ``known``: whoever typed it may want
    us to mail his words to a stranger.
    """
    language = _language(request)
    if language == "ko":
        subject = f"[하자] 접수되었습니다: {request.reference}"
        opening = "유지보수 요청이 접수되었습니다. 아래 번호로 진행 상황을 확인하실 수 있습니다."
    else:
        subject = f"[Haja] We have your request: {request.reference}"
        opening = "Your maintenance request is written down. You can follow it under this number."
    return _to_requester(request, link, known, subject, opening, "category", "priority")


def write_link(request: MailContext, link: str, *, known: bool = False) -> RenderedMail:
    """To the requester: the link once more, or a new one. ``known`` is as in ``write_receipt``."""
    if _language(request) == "ko":
        subject = f"[하자] {request.reference} 진행 상황 링크"
        opening = (
            "요청하신 유지보수의 진행 상황을 보는 링크입니다. 전에 받으신 링크가 열리지 않으면 "
            "이 링크를 쓰시면 됩니다."
        )
    else:
        subject = f"[Haja] The link to your request {request.reference}"
        opening = (
            "Here is the link to your maintenance request. "
            "If an earlier one no longer opens, use this one."
        )
    return _to_requester(request, link, known, subject, opening, "status", "category", "priority")


def write_update(
    request: MailContext, link: str, replies: Sequence[Reply] = (), *, known: bool = False
) -> RenderedMail:
    """To the requester: how the request stands, and what operators wrote meanwhile. The subject has
    all other news, see ``update_subjects``. ``known`` is as in ``write_receipt``."""
    words = _WORDS[_language(request)]
    subject, with_message, with_question = update_subjects(request)
    names = ("status", "category", "priority")
    if not replies:
        return _to_requester(request, link, known, subject, _state(request), *names)
    asks = any(reply.is_question for reply in replies)
    return _to_requester(
        request,
        link,
        known,
        with_question if asks else with_message,
        words["question_opening" if asks else "message_opening"],
        *names,
        words=[reply.text for reply in replies],
        link_text=words["answer"] if asks else "",
    )


def update_subjects(request: MailContext) -> tuple[str, str, str]:
    """The subjects of an update as the request stands: alone, with a message, with a question. If
    the newest update has one of them, there is no news but what operators have written since."""
    language = _language(request)
    news = _state_of(request, language)
    if language == "ko":
        subject = f"[하자] {request.reference} 처리 상태: {news}"
    else:
        subject = f"[Haja] {request.reference} is now: {news}"
    words = _WORDS[language]
    return subject, f"{subject} · {words['message']}", f"{subject} · {words['question']}"


def _state(request: MailContext) -> str:
    language = _language(request)
    news = _state_of(request, language)
    if language == "ko":
        return f"요청하신 유지보수의 처리 상태는 다음과 같습니다: {news}."
    return f"Your maintenance request is now: {news}."


def _state_of(request: MailContext, language: str) -> str:
    status, *rest = _news(request, language)
    return f"{status} ({', '.join(rest)})" if rest else status


def _news(request: MailContext, language: str) -> list[str]:
    """The status, what triage or an operator found, and whether somebody has it in hand: who that
    is, a requester does not learn."""
    told = [label("status", request.status, language)]
    told += [
        label(name, value, language)
        for name in ("category", "priority")
        if (value := getattr(request, name)) != "pending"
    ]
    return [*told, _WORDS[language]["assigned"]] if request.assignee else told


def _to_requester(
    request: MailContext,
    link: str,
    known: bool,
    subject: str,
    opening: str,
    *names: str,
    words: Sequence[str] = (),
    link_text: str = "",
) -> RenderedMail:
    language = _language(request)
    return compose(
        language,
        subject=subject,
        opening=opening if known else f"{opening} {_WORDS[language]['unknown']}",
        words=words,
        facts=_facts(request, language, *(("location",) if known else ()), *names),
        quote=request.description if known else "",
        link=(link_text or _WORDS[language]["follow"], link),
    )


def write_notice(request: MailContext, link: str) -> RenderedMail:
    """To operators, in the requester's language: a new request."""
    korean = _language(request) == "ko"
    opening = "새 유지보수 요청이 들어왔습니다." if korean else "A new maintenance request."
    return _to_operators(request, link, "", opening, request.description)


def write_answer(
    request: MailContext, link: str, answer: str, *, reopened: bool = False
) -> RenderedMail:
    """To operators, in the requester's language: what the requester has answered, or why the work
    is not done; without words, that there are photos."""
    korean = _language(request) == "ko"
    if reopened:
        what = "다시 열림 · " if korean else "Reopened · "
        opening = (
            "신청자가 아직 해결되지 않았다고 알렸습니다. 요청이 다시 열렸습니다."
            if korean
            else "The requester says that it is not fixed. The request is open again."
        )
    elif not answer:
        what = "신청자의 사진 · " if korean else "Photos · "
        opening = "신청자가 사진을 보냈습니다." if korean else "The requester has sent photos."
    else:
        what = "신청자의 답 · " if korean else "Answer · "
        opening = "신청자가 글을 남겼습니다." if korean else "The requester has written."
    return _to_operators(request, link, what, opening, answer)


def write_assignment(
    request: MailContext, link: str, language: str, actor: str, team: str = ""
) -> RenderedMail:
    """To the assignee, in ``language``: the request is his, or his ``team``'s, and who gave it to
    them, empty where a rule did. Without a ``link`` for who has no account."""
    if language == "ko":
        what = f"{team} 배정 · " if team else "담당 배정 · "
        whose = f"이 요청이 ‘{team}’에" if team else "이 요청의 담당자로"
        who = f"배정한 사람: {actor}" if actor else "배정 규칙에 따른 배정입니다."
        opening = f"{whose} 배정되었습니다. {who}"
    else:
        what = f"Assigned to {team} · " if team else "Assigned to you · "
        whose = f"your team, {team}," if team else "you"
        opening = f"This request was assigned to {whose} by {actor or 'a rule'}."
    read = request._replace(language=language)
    return _to_operators(read, link, what, opening, request.description)


def _to_operators(
    request: MailContext, link: str, what: str, opening: str, quote: str
) -> RenderedMail:
    language = _language(request)
    priority = label("priority", request.priority, language)
    category = label("category", request.category, language)
    place = f" · {request.location}" if request.location else ""
    danger = f"⚠ {label('danger', request.danger, language)} · " if request.danger else ""
    head = "하자" if language == "ko" else "Haja"
    return compose(
        language,
        subject=f"[{head}] {what}{danger}{priority} · {category}{place} · {request.reference}",
        opening=opening,
        facts=_facts(request, language, "priority", "category", "location"),
        quote=quote,
        link=(_WORDS[language]["open"], link) if link else None,
    )
