"""What errors say, in both languages."""

from typing import Any

# Problem code to (title, detail) per language.
PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {
    "not_found": {
        "ko": ("찾을 수 없음", "그런 것이 없습니다."),
        "en": ("Not found", "There is nothing here by that name."),
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
        "ko": ("지금은 바쁨", "다른 사진을 받는 중입니다. 잠시 후 다시 보내 주세요."),
        "en": ("Busy", "Other photos are being received. Please send it again in a moment."),
    },
    "forbidden_transition": {
        "ko": ("허용되지 않는 상태 변경", "지금 상태에서는 그 상태로 바꿀 수 없습니다."),
        "en": ("Status change not allowed", "This status cannot follow the present one."),
    },
    "lost_edit": {
        "ko": ("다른 변경이 있었음", "그사이 다른 사람이 바꾸었습니다. 다시 불러와 주세요."),
        "en": ("Changed meanwhile", "Somebody else changed this since you read it. Load it again."),
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

# pydantic's error types (and our own) to sentences; ``{name}`` comes from the error's context.
_FIELDS: dict[str, dict[str, str]] = {
    "missing": {"ko": "필수 항목입니다.", "en": "This is required."},
    "string_type": {"ko": "문자열이어야 합니다.", "en": "This must be a string."},
    "blank": {"ko": "내용을 적어 주세요.", "en": "This must not be blank."},
    "string_too_long": {
        "ko": "{max_length}자 이하여야 합니다.",
        "en": "This must have at most {max_length} characters.",
    },
    "control_characters": {
        "ko": "제어 문자는 쓸 수 없습니다.",
        "en": "Control characters are not allowed.",
    },
    "surrogates": {
        "ko": "올바른 유니코드 문자열이 아닙니다.",
        "en": "This is not well-formed Unicode text.",
    },
    "combining_marks": {
        "ko": "한 글자에 결합 문자가 너무 많습니다.",
        "en": "There are too many combining marks on one letter.",
    },
    "literal_error": {"ko": "허용된 값: {expected}", "en": "Allowed: {expected}"},
    "enum": {"ko": "허용된 값: {expected}", "en": "Allowed: {expected}"},
    "int_parsing": {"ko": "정수여야 합니다.", "en": "This must be an integer."},
    "int_type": {"ko": "정수여야 합니다.", "en": "This must be an integer."},
    "greater_than_equal": {"ko": "{ge} 이상이어야 합니다.", "en": "This must be at least {ge}."},
    "less_than_equal": {"ko": "{le} 이하여야 합니다.", "en": "This must be at most {le}."},
    "bad_cursor": {"ko": "올바른 커서가 아닙니다.", "en": "This is not a cursor of ours."},
    "nothing_to_change": {"ko": "바꿀 항목이 없습니다.", "en": "There is nothing to change."},
    "model_type": {"ko": "JSON 객체여야 합니다.", "en": "This must be a JSON object."},
    "not_a_picture": {
        "ko": "사진(JPEG, PNG, WebP, HEIC, AVIF)이 아닙니다.",
        "en": "This is not a picture (JPEG, PNG, WebP, HEIC, AVIF).",
    },
    "picture_too_large": {
        "ko": "사진 하나는 {limit} MB 이하여야 합니다.",
        "en": "A photo may have at most {limit} MB.",
    },
    "too_many_photos": {
        "ko": "사진은 한 번에 {limit}장까지 보낼 수 있습니다.",
        "en": "At most {limit} photos can be sent at once.",
    },
    "not_a_reference": {
        "ko": "하자의 접수번호(예: ACDE-FGHJ)가 아닙니다. 다른 번호라면 열 이름을 id로 바꾸세요.",
        "en": "This is not a reference of Haja (like ACDE-FGHJ); call other numbers' column id.",
    },
    "reference_taken": {
        "ko": "다른 요청이 이미 쓰는 접수번호입니다.",
        "en": "Another request has this reference already.",
    },
    "id_reused": {
        "ko": "이 id는 다른 내용으로 이미 들어와 있습니다. 다른 자료라면 --source로 이름을 주세요.",
        "en": "This id came before with other content; name another origin by --source.",
    },
    "not_a_moment": {
        "ko": "날짜(2026-11-23)나 RFC 3339 시각(2026-11-23T14:05:00Z)이어야 합니다.",
        "en": "This must be a day (2026-11-23) or an RFC 3339 time (2026-11-23T14:05:00Z).",
    },
    "not_a_time": {
        "ko": "날짜와 시간(예: 2026-11-23 14:05)이 아닙니다.",
        "en": "This is not a date and time (like 2026-11-23 14:05).",
    },
    "in_the_future": {"ko": "아직 오지 않은 때입니다.", "en": "This lies in the future."},
    "only_completed": {
        "ko": "완료된 요청에만 완료일시가 있습니다.",
        "en": "Only a completed request has a time of completion.",
    },
    "before_the_start": {
        "ko": "접수보다 먼저 완료될 수 없습니다.",
        "en": "It cannot be completed before it was reported.",
    },
    "too_many_cells": {
        "ko": "제목 줄보다 칸이 많습니다. 따옴표가 빠졌을 수 있습니다.",
        "en": "There are more cells than headings: quotes may be missing.",
    },
    "unclosed_quote": {
        "ko": "여기서 열린 따옴표가 파일 끝까지 닫히지 않습니다. 이 줄부터 끝까지 읽지 않았습니다.",
        "en": "A quote opened here is never closed: nothing was taken from here to the end.",
    },
    "unreadable_line": {"ko": "줄을 읽을 수 없습니다.", "en": "This line cannot be read."},
    "key_length": {
        "ko": "1~255자의 출력 가능한 ASCII여야 합니다.",
        "en": "This must be 1 to 255 printable ASCII characters.",
    },
}
_FALLBACK = {"ko": "올바르지 않은 값입니다.", "en": "This value is not valid."}


def title_of(code: str, language: str) -> str:
    return PROBLEMS[code][language][0] if code in PROBLEMS else ""


def detail_of(code: str, language: str) -> str:
    return PROBLEMS[code][language][1] if code in PROBLEMS else ""


def field_message(kind: str, language: str, context: dict[str, Any] | None = None) -> str:
    """The sentence for a field's error in the caller's language."""
    sentence = _FIELDS.get(kind, _FALLBACK)[language]
    return sentence.format_map({"expected": "", **(context or {})})
