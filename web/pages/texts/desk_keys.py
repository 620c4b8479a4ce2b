"""The list worked on with the keyboard, and changes to several requests at once."""

TEXTS = {
    "bulk.title": {"ko": "여러 요청 바꾸기", "en": "Change several requests"},
    "bulk.select": {"ko": "{reference} 선택", "en": "Select {reference}"},
    "bulk.as_is": {"ko": "그대로", "en": "as it is"},
    "bulk.all": {"ko": "조건에 맞는 {count}건 모두", "en": "All {count} that match"},
    "bulk.apply": {"ko": "적용", "en": "Apply"},
    "bulk.hint": {
        "ko": "30초 안에 되돌릴 수 있습니다. 신청자에게 가는 메일은 그동안 기다립니다.",
        "en": "It can be undone for 30 seconds; mails to requesters wait that long.",
    },
    "desk.changed": {"ko": "{count}건을 바꾸었습니다.", "en": "Changed: {count}."},
    "desk.undone": {"ko": "{count}건을 되돌렸습니다.", "en": "Undone: {count}."},
    "bulk.refused": {
        "ko": "{count}건은 바꾸지 않았습니다(그사이 다른 사람이 바꾸었거나, 지금 상태에서는 할 수 없음).",
        "en": "Not changed: {count} (somebody else changed it, or its status does not allow it).",
    },
    "bulk.undo": {"ko": "되돌리기", "en": "Undo"},
    "bulk.selected": {"ko": "{count}건 선택", "en": "{count} selected"},
    "desk.undo_expired": {
        "ko": "이제는 되돌릴 수 없습니다.",
        "en": "This change cannot be undone any more.",
    },
}
