"""What an error says to a caller, by its code: RFC 9457 problem details in both languages.

Domain errors have their codes here, and what a process that answers calls says by itself. Which
HTTP status a domain error has is the business of ``web/http/problems.py``.
"""

from http import HTTPStatus
from typing import Any

CONTENT_TYPE = "application/problem+json"

# Problem code to (title, detail) per language.
PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "not_found": {
        "ko": ("찾을 수 없음", "그런 것이 없습니다."),
        "en": ("Not found", "There is nothing here by that name."),
    },
    "gone": {
        "ko": ("더는 없음", "기한이 지났거나 이미 쓰였습니다."),
        "en": ("Gone", "It has expired, or was used already."),
    },
    "method_not_allowed": {
        "ko": ("허용되지 않는 방법", "이 주소는 그 HTTP 메서드를 받지 않습니다."),
        "en": ("Method not allowed", "This address does not take that HTTP method."),
    },
    "bad_request": {
        "ko": ("잘못된 요청", "보내신 요청을 읽을 수 없습니다."),
        "en": ("Bad request", "What was sent cannot be read."),
    },
    "invalid_input": {
        "ko": ("잘못된 입력", "보내신 내용에 고칠 곳이 있습니다."),
        "en": ("Invalid input", "Something in what was sent needs mending."),
    },
    "not_json": {
        "ko": ("JSON이 아님", "본문을 JSON 객체로 읽을 수 없습니다."),
        "en": ("Not JSON", "The body cannot be read as a JSON object."),
    },
    "not_utf8": {
        "ko": ("UTF-8이 아님", "JSON 본문은 UTF-8로 보내야 합니다."),
        "en": ("Not UTF-8", "A JSON body has to be sent in UTF-8."),
    },
    "unsupported_media_type": {
        "ko": ("지원하지 않는 형식", "이 Content-Type은 받지 않습니다."),
        "en": ("Unsupported media type", "This Content-Type is not accepted here."),
    },
    "too_large": {
        "ko": ("너무 큼", "보내신 내용이 허용된 크기를 넘습니다."),
        "en": ("Too large", "What was sent is larger than allowed."),
    },
    "length_required": {
        "ko": ("길이가 필요함", "이 형식은 Content-Length와 함께 보내야 합니다."),
        "en": ("Length required", "This Content-Type has to come with a Content-Length."),
    },
    "request_timeout": {
        "ko": ("전송이 너무 느림", "보내시는 내용이 제때 도착하지 않았습니다. 다시 보내 주세요."),
        "en": ("Too slow", "What was sent did not arrive in time. Please send it again."),
    },
    # Said by the gateway while no web process answers it.
    "away": {
        "ko": ("잠시 쉬는 중", "서비스가 다시 시작되는 중입니다. 잠시 후 다시 시도해 주세요."),
        "en": ("Away for a moment", "The service is starting again. Please try again in a moment."),
    },
    "busy": {
        "ko": ("지금은 바쁨", "한꺼번에 많은 요청이 들어왔습니다. 잠시 후 다시 시도해 주세요."),
        "en": ("Busy", "Too much came at the same time. Please try again in a moment."),
    },
    "forbidden_transition": {
        "ko": ("허용되지 않는 상태 변경", "지금 상태에서는 그 상태로 바꿀 수 없습니다."),
        "en": ("Status change not allowed", "This status cannot follow the present one."),
    },
    "request_closed": {
        "ko": ("끝난 요청", "이 요청은 이미 끝났습니다. 문제가 남아 있으면 새로 접수해 주세요."),
        "en": (
            "Request closed",
            "This request has ended. If the fault is still there, report it anew.",
        ),
    },
    "too_late_to_reopen": {
        "ko": (
            "다시 열 수 없음",
            "끝난 지 오래된 요청입니다. 문제가 남아 있으면 새로 접수해 주세요.",
        ),
        "en": (
            "Too late to reopen",
            "This request ended long ago. If the fault is still there, report it anew.",
        ),
    },
    "not_ratable": {
        "ko": ("평가할 수 없음", "완료된 뒤 얼마 동안만 평가할 수 있습니다."),
        "en": ("Not to be rated", "Work can be rated for some days after it is done."),
    },
    "too_many_answers": {
        "ko": ("글이 너무 많음", "이 요청에는 더 쓸 수 없습니다. 관리사무소에 전화해 주세요."),
        "en": ("Too many messages", "This request takes no more. Please call the building office."),
    },
    "last_admin": {
        "ko": (
            "마지막 관리자",
            "계정을 관리할 수 있는 마지막 계정입니다. 먼저 다른 계정을 관리자로 정해 주세요.",
        ),
        "en": (
            "The last admin",
            "Nobody else could manage accounts: make another account an admin first.",
        ),
    },
    "unknown_assignee": {
        "ko": ("없는 담당자", "사용 중인 계정이나 팀 가운데 이 id를 가진 것이 없습니다."),
        "en": ("Unknown assignee", "No active account or team has this id."),
    },
    "too_many_views": {
        "ko": (
            "저장한 보기가 너무 많음",
            "보기를 더 저장할 수 없습니다. 쓰지 않는 것을 지워 주세요.",
        ),
        "en": ("Too many saved views", "No more views can be saved: delete one of yours first."),
    },
    "lost_edit": {
        "ko": ("다른 변경이 있었음", "그사이 다른 사람이 바꾸었습니다. 다시 불러와 주세요."),
        "en": ("Changed meanwhile", "Somebody else changed this since you read it. Load it again."),
    },
    "undo_expired": {
        "ko": ("되돌릴 수 없음", "이제는 되돌릴 수 없습니다."),
        "en": ("Cannot be undone", "This change cannot be undone any more."),
    },
    "key_reused": {
        "ko": ("키가 다른 내용에 쓰임", "이 Idempotency-Key는 다른 내용으로 이미 쓰였습니다."),
        "en": ("Key used before", "This Idempotency-Key was used with other content."),
    },
    "not_authenticated": {
        "ko": ("로그인이 필요함", "유효한 로그인이나 토큰이 필요합니다."),
        "en": ("Not logged in", "A valid login or token is needed."),
    },
    "bad_credentials": {
        "ko": ("로그인 실패", "사용자 이름이나 비밀번호가 맞지 않습니다."),
        "en": ("Login failed", "The username or password does not fit."),
    },
    "forbidden": {
        "ko": ("권한이 없음", "이 작업을 할 권한이 없습니다."),
        "en": ("Not allowed", "Your role does not allow this."),
    },
    "link_expired": {
        "ko": (
            "기간이 지난 링크",
            "오래전에 끝난 요청이라 이 링크로는 더 열 수 없습니다. 문제가 남아 있으면 새로 접수해 주세요.",
        ),
        "en": (
            "Link expired",
            "This request ended long ago, so its link no longer opens it. If the fault is still "
            "there, report it anew.",
        ),
    },
    "link_revoked": {
        "ko": (
            "바뀐 링크",
            "이 요청의 링크가 새것으로 바뀌어 이 링크로는 더 열 수 없습니다. 새 링크는 메일이나 "
            "관리사무소에서 받으실 수 있습니다.",
        ),
        "en": (
            "Link replaced",
            "This request has a new link, so this one no longer opens it. The new one is in your "
            "mail, or with the building office.",
        ),
    },
    "no_address": {
        "ko": ("이메일 주소가 없음", "신청자의 이메일 주소가 없어 메일을 보낼 수 없습니다."),
        "en": ("No e-mail address", "The requester gave no e-mail address to send to."),
    },
    "too_many_link_mails": {
        "ko": (
            "링크를 너무 자주 보냄",
            "이 요청의 링크는 한 시간에 몇 번만 메일로 보냅니다. 나중에 다시 시도해 주세요.",
        ),
        "en": (
            "Link sent too often",
            "The link of a request is mailed a few times an hour at the most. Please try again later.",
        ),
    },
    "too_many_corrections": {
        "ko": (
            "연락처를 너무 자주 고침",
            "연락처는 한 시간에 몇 번, 모두 합해 스무 번까지만 고칠 수 있습니다. 관리사무소에 전화해 주세요.",
        ),
        "en": (
            "Contact corrected too often",
            "A contact can be corrected a few times an hour, and twenty times in all. Please call the "
            "building office.",
        ),
    },
    "too_many_photos": {
        "ko": ("사진이 너무 많음", "이 요청에는 사진을 더 붙일 수 없습니다."),
        "en": ("Too many photos", "This request cannot hold more photos."),
    },
    "rate_limited": {
        "ko": ("요청이 너무 잦음", "잠시 후 다시 시도해 주세요."),
        "en": ("Too many calls", "Please try again in a moment."),
    },
    "database_away": {
        "ko": ("일시적으로 저장할 수 없음", "잠시 후 같은 내용을 다시 보내 주세요."),
        "en": ("Cannot store it now", "Please send the same again in a moment."),
    },
    "storage_away": {
        "ko": ("사진 저장소에 닿을 수 없음", "잠시 후 다시 시도해 주세요."),
        "en": ("The photo storage is away", "Please try again in a moment."),
    },
    "internal_error": {
        "ko": ("내부 오류", "예상하지 못한 오류가 기록되었습니다."),
        "en": ("Internal error", "An unexpected error was logged."),
    },
    "photo_not_ready": {
        "ko": ("사진 처리 중", "사진이 아직 준비되지 않았습니다."),
        "en": ("Photo not ready", "The photo is still being processed."),
    },
    "csrf": {
        "ko": ("양식이 만료됨", "페이지를 다시 불러온 뒤 보내 주세요."),
        "en": ("Form expired", "Please load the page again and resend."),
    },
}


# What every process that answers calls says of a parameter.
PARAMETERS: dict[str, dict[str, str]] = {
    "unknown_parameter": {
        "ko": "이 주소가 모르는 매개변수입니다.",
        "en": "This address knows no such parameter.",
    },
    "repeated": {"ko": "한 번만 쓸 수 있습니다.", "en": "This can be given once only."},
}


def title_of(code: str, language: str) -> str:
    return PROBLEMS[code][language][0] if code in PROBLEMS else ""


def detail_of(code: str, language: str) -> str:
    return PROBLEMS[code][language][1] if code in PROBLEMS else ""


def problem_details(status: int, code: str, language: str, detail: str = "") -> dict[str, Any]:
    """The members that every problem has (RFC 9457, section 3.1); ``detail`` takes the place of the
    code's own."""
    return {
        "type": f"/docs/problems#{code}",
        "title": title_of(code, language) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or detail_of(code, language),
    }
