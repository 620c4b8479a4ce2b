"""The columns of a file of requests: their names in the API, for people, and in older files."""

import re
import unicodedata

from models.words import LABELS

# In the order in which they are written.
COLUMNS = (
    "id",
    "reference",
    "description",
    "location",
    "contact_info",
    "requester_name",
    "language",
    "category",
    "priority",
    "status",
    "assignee",
    "unsure",
    "created_at",
    "updated_at",
    "completed_at",
)
# What people see at the top of a column.
HEADINGS: dict[str, dict[str, str]] = {
    "id": {"ko": "번호", "en": "Id"},
    "reference": {"ko": "접수번호", "en": "Reference"},
    "description": {"ko": "내용", "en": "Description"},
    "location": {"ko": "위치", "en": "Location"},
    "contact_info": {"ko": "연락처", "en": "Contact info"},
    "requester_name": {"ko": "이름", "en": "Requester name"},
    "language": {"ko": "언어", "en": "Language"},
    "category": {"ko": "분류", "en": "Category"},
    "priority": {"ko": "긴급도", "en": "Priority"},
    "status": {"ko": "상태", "en": "Status"},
    "assignee": {"ko": "담당자", "en": "Assignee"},
    "unsure": {"ko": "확인필요", "en": "Unsure"},
    "created_at": {"ko": "접수일시", "en": "Created at"},
    "updated_at": {"ko": "변경일시", "en": "Updated at"},
    "completed_at": {"ko": "완료일시", "en": "Completed at"},
}
_ALSO = {
    "설명": "description",
    "신청내용": "description",
    "장소": "location",
    "신청자": "requester_name",
    "요청자": "requester_name",
    "성명": "requester_name",
    "우선순위": "priority",
    "처리상태": "status",
    "접수일": "created_at",
    "완료일": "completed_at",
}
_WORDS_ALSO = {
    "status": {
        "처리완료": "completed",
        "진행중": "in_progress",
        "처리중": "in_progress",
        "대기": "pending",
        "미처리": "pending",
    },
    "priority": {"일반": "medium"},
}
_BETWEEN = re.compile(r"[\s_·./-]+")


def _fold(text: str) -> str:
    """Also composed: a Mac writes Hangul in pieces, and input methods have wide letters."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()


_NAMES = {
    **{_fold(name): name for name in COLUMNS},
    **{_fold(said): name for name, words in HEADINGS.items() for said in words.values()},
    **{_fold(said): name for said, name in _ALSO.items()},
}
_WORDS = {
    kind: {
        **{
            _fold(said): name for name, labels in names.items() for said in (name, *labels.values())
        },
        **_WORDS_ALSO.get(kind, {}),
    }
    for kind, names in LABELS.items()
}
# 누수 and 배관 both mean 배관·누수.
for _kind, _names in LABELS.items():
    for _name, _labels in _names.items():
        for _part in _labels["ko"].split("·"):
            _WORDS[_kind].setdefault(_fold(_part), _name)


def column_of(heading: str) -> str | None:
    """The API's name of a column, in whichever language its heading is; None if it is unknown."""
    return _NAMES.get(_fold(heading))


def word_of(kind: str, said: str) -> str:
    """The API's word for a category, priority or status that people wrote; else what they wrote."""
    return _WORDS[kind].get(_fold(said), said)
