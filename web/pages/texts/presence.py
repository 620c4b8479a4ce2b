"""Which other operators look at a request, and who of them writes."""

TEXTS = {
    "presence.name": {"ko": "{name} 님", "en": "{name}"},
    "presence.others": {"ko": "다른 {count}명", "en": "{count} others"},
    "presence.looks": {"ko": "{names}이 보고 있습니다", "en": "{names} is looking"},
    "presence.looks_several": {"ko": "{names}이 보고 있습니다", "en": "{names} are looking"},
    "presence.note": {
        "ko": "{names}이 내부 메모를 쓰고 있습니다",
        "en": "{names} is writing a note",
    },
    "presence.note_several": {
        "ko": "{names}이 내부 메모를 쓰고 있습니다",
        "en": "{names} are writing notes",
    },
    "presence.reply": {
        "ko": "{names}이 답을 쓰고 있습니다",
        "en": "{names} is writing a reply",
    },
    "presence.reply_several": {
        "ko": "{names}이 답을 쓰고 있습니다",
        "en": "{names} are writing replies",
    },
}
