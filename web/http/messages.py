"""What the errors of fields say, in both languages."""

import re
from typing import Any

from models.problems import PARAMETERS

# pydantic's error types (and our own) to sentences; ``{name}`` comes from the error's context.
_FIELDS: dict[str, dict[str, str]] = {
    **PARAMETERS,
    "missing": {"ko": "필수 항목입니다.", "en": "This is required."},
    "string_type": {"ko": "문자열이어야 합니다.", "en": "This must be a string."},
    "blank": {"ko": "내용을 적어 주세요.", "en": "This must not be blank."},
    "string_too_long": {
        "ko": "{max_length}자 이하여야 합니다.",
        "en": "This must have at most {max_length} characters.",
    },
    "password_short": {
        "ko": "{min_length}자 이상이어야 합니다.",
        "en": "This must have at least {min_length} characters.",
    },
    "unprintable": {
        "ko": "보이지 않는 글자는 쓸 수 없습니다.",
        "en": "Characters that print nothing are not allowed.",
    },
    "not_one_address": {
        "ko": "이메일 주소 하나를 적어 주세요(예: kim@example.com).",
        "en": "Write one e-mail address (like kim@example.com).",
    },
    "has_account": {
        "ko": "이 주소에는 이미 계정이 있습니다.",
        "en": "This address has an account already.",
    },
    "control_characters": {
        "ko": "제어 문자는 쓸 수 없습니다.",
        "en": "Control characters are not allowed.",
    },
    "surrogates": {
        "ko": "올바른 유니코드 문자열이 아닙니다.",
        "en": "This is not well-formed Unicode text.",
    },
    "encoding": {
        "ko": "글자의 인코딩을 알 수 없습니다. UTF-8이나 CP949(EUC-KR)로 보내 주세요.",
        "en": "The encoding of this text is not known: send it in UTF-8 or CP949 (EUC-KR).",
    },
    "combining_marks": {
        "ko": "한 글자에 결합 문자가 너무 많습니다.",
        "en": "There are too many combining marks on one letter.",
    },
    "not_an_address": {
        "ko": "올바른 이메일 주소가 아닙니다. 이메일 없이 전화번호만 적으셔도 됩니다.",
        "en": "This is not an e-mail address that can be used. A telephone number alone is fine too.",
    },
    "address_incomplete": {
        "ko": "이메일 주소가 끝까지 적혀 있지 않습니다(예: kim@example.com).",
        "en": "The e-mail address is not complete (like kim@example.com).",
    },
    "address_comma": {
        "ko": "이메일 주소 안에 쉼표가 있습니다. 마침표로 고치거나, 쉼표 뒤를 띄어 주세요.",
        "en": "There is a comma in the e-mail address: write a full stop, or a blank after the comma.",
    },
    "address_spaces": {
        "ko": "이메일 주소 안에 빈칸이 있습니다. 붙여서 적어 주세요.",
        "en": "There is a blank in the e-mail address: write it in one piece.",
    },
    "address_glued": {
        "ko": "이메일 주소에 다른 글자가 붙어 있습니다. 주소 앞뒤를 띄어 주세요.",
        "en": "Other text touches the e-mail address: put a blank before and after it.",
    },
    "address_quoted": {
        "ko": "이메일 주소는 따옴표 없이 적어 주세요.",
        "en": "Write the e-mail address without quotation marks.",
    },
    "not_a_day": {
        "ko": "날짜는 2026-03-01처럼 적어 주세요.",
        "en": "This must be a day, like 2026-03-01.",
    },
    "date_from_datetime_parsing": {"ko": "없는 날짜입니다.", "en": "There is no such day."},
    "date_parsing": {"ko": "없는 날짜입니다.", "en": "There is no such day."},
    "before_first_day": {
        "ko": "마지막 날이 첫날보다 앞섭니다.",
        "en": "The last day comes before the first.",
    },
    "too_many_days": {
        "ko": "{most}일까지 볼 수 있습니다.",
        "en": "There must be at most {most} days.",
    },
    "literal_error": {"ko": "허용된 값: {expected}", "en": "Allowed: {expected}"},
    "enum": {"ko": "허용된 값: {expected}", "en": "Allowed: {expected}"},
    "int_parsing": {"ko": "정수여야 합니다.", "en": "This must be an integer."},
    "int_type": {"ko": "정수여야 합니다.", "en": "This must be an integer."},
    "not_ids": {
        "ko": "이름마다 요청의 id여야 합니다.",
        "en": "The names must be ids of requests.",
    },
    "greater_than_equal": {"ko": "{ge} 이상이어야 합니다.", "en": "This must be at least {ge}."},
    "less_than_equal": {"ko": "{le} 이하여야 합니다.", "en": "This must be at most {le}."},
    "bool_type": {"ko": "true나 false여야 합니다.", "en": "This must be true or false."},
    "question_without_words": {
        "ko": "질문할 내용을 reply에 적어 주세요.",
        "en": "Write the words of the question in reply.",
    },
    "question_with_status": {
        "ko": "질문하면 보류(on_hold)로 바뀌므로 다른 상태를 함께 보낼 수 없습니다.",
        "en": "A question puts the request on_hold: no other status can come with it.",
    },
    "push_service": {
        "ko": "알림을 보낼 수 있는 푸시 서비스의 주소가 아닙니다.",
        "en": "This is no address at a push service that is known here.",
    },
    "push_key": {
        "ko": "브라우저가 준 키가 아닙니다(base64url).",
        "en": "This is no key of a browser's subscription (base64url).",
    },
    "unknown_field": {
        "ko": "이 주소가 모르는 항목입니다.",
        "en": "This address knows no such field.",
    },
    "malformed": {"ko": "목록에서 고른 값이 아닙니다.", "en": "This is no value of the list."},
    "too_long": {"ko": "값이 너무 많습니다.", "en": "There are too many values."},
    "ids_or_filter": {
        "ko": "ids와 filter 가운데 하나만 보내 주세요.",
        "en": "Send either ids or a filter.",
    },
    "too_many_match": {
        "ko": "맞는 요청이 {limit}건을 넘습니다. 조건을 좁혀 주세요.",
        "en": "More than {limit} requests match: make the filter narrower.",
    },
    "extra_forbidden": {
        "ko": "이 주소가 모르는 항목입니다.",
        "en": "This address knows no such field.",
    },
    "bad_cursor": {"ko": "올바른 커서가 아닙니다.", "en": "This is not a cursor of ours."},
    "nothing_to_change": {"ko": "바꿀 항목이 없습니다.", "en": "There is nothing to change."},
    "model_type": {"ko": "JSON 객체여야 합니다.", "en": "This must be a JSON object."},
    "unknown_file": {
        "ko": "사진은 ‘{name}’ 필드로 보내 주세요.",
        "en": "Send photos under the name {name}.",
    },
    "photo_as_text": {
        "ko": "사진이 파일이 아니라 글자로 왔습니다. multipart/form-data의 파일로 보내 주세요.",
        "en": "This came as text: send photos as files of multipart/form-data.",
    },
    "not_a_picture": {
        "ko": "사진(JPEG, PNG, WebP, HEIC, AVIF)이 아닙니다.",
        "en": "This is not a picture (JPEG, PNG, WebP, HEIC, AVIF).",
    },
    "too_many_pixels": {
        "ko": "이 형식의 사진은 {limit}메가픽셀까지 받을 수 있습니다. JPEG로 보내거나 줄여 주세요.",
        "en": "A picture of this format may have at most {limit} megapixels: send a JPEG, or a smaller one.",
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
    "unknown_placeholder": {
        "ko": "쓸 수 있는 자리표는 {{reference}}, {{name}}, {{place}}입니다.",
        "en": "The placeholders are {{reference}}, {{name}} and {{place}}.",
    },
    "title_taken": {
        "ko": "같은 언어에 같은 제목이 이미 있습니다.",
        "en": "There is one with this title in this language already.",
    },
    "too_many_replies": {
        "ko": "한 언어에 {limit}개까지 둘 수 있습니다.",
        "en": "There can be at most {limit} in a language.",
    },
    "team_without_name": {
        "ko": "한국어나 영어로 이름을 적어 주세요.",
        "en": "Write a name in Korean or in English.",
    },
    "team_name_taken": {
        "ko": "다른 팀이나 계정이 쓰는 이름이거나, 쓸 수 없는 이름입니다.",
        "en": "Another team or an account has this name, or it has a meaning of its own.",
    },
    "too_many_teams": {
        "ko": "팀은 {limit}개까지 둘 수 있습니다.",
        "en": "There can be at most {limit} teams.",
    },
    "too_many_rules": {
        "ko": "규칙은 {limit}개까지 둘 수 있습니다.",
        "en": "There can be at most {limit} rules.",
    },
    "unknown_team": {
        "ko": "없는 팀이거나 닫힌 팀입니다.",
        "en": "There is no such team, or it is closed.",
    },
    "key_length": {
        "ko": "1~255자의 출력 가능한 ASCII여야 합니다.",
        "en": "This must be 1 to 255 printable ASCII characters.",
    },
}
_QUOTED = re.compile("'[^']*'")
_FALLBACK = {"ko": "올바르지 않은 값입니다.", "en": "This value is not valid."}


def field_message(kind: str, language: str, context: dict[str, Any] | None = None) -> str:
    """The sentence for a field's error in the caller's language."""
    sentence = _FIELDS.get(kind, _FALLBACK)[language]
    values = {"expected": "", **(context or {})}
    # Pydantic joins the last of the allowed values by the English "or".
    values["expected"] = ", ".join(_QUOTED.findall(values["expected"])) or values["expected"]
    return sentence.format_map(values)
