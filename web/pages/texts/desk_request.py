"""The page of one request on the desk: lost edits, previews, watchers, neighbours, prepared replies."""

TEXTS = {
    "lost.title": {
        "ko": "내가 고른 값과 그사이 바뀐 값",
        "en": "What you chose, and what has changed meanwhile",
    },
    "lost.seen": {"ko": "보던 값", "en": "As you saw it"},
    "lost.mine": {"ko": "내가 고른 값", "en": "Yours"},
    "lost.theirs": {"ko": "지금 값", "en": "As it is now"},
    "lost.hint": {
        "ko": "아래 양식에는 고르신 값이 그대로 있습니다. 다시 저장하면 그 값으로 바뀝니다. 적으신 글도 그대로 있습니다.",
        "en": "The form below still has what you chose, and what you wrote. Saving again puts it in place.",
    },
    "preview.show": {"ko": "메일 미리 보기", "en": "Preview the mail"},
    "preview.title": {"ko": "보내기 전 미리 보기", "en": "Preview before it is sent"},
    "preview.to": {"ko": "받는 이", "en": "To"},
    "preview.subject": {"ko": "제목", "en": "Subject"},
    "preview.text": {"ko": "메일 내용", "en": "The mail"},
    "preview.no_mail": {
        "ko": "이메일 주소가 없어 메일은 가지 않습니다. 신청자는 요청 페이지에서 이 글을 읽습니다.",
        "en": "No mail goes, since there is no e-mail address. The requester reads this on the request’s page.",
    },
    "preview.edit": {"ko": "다시 고치기", "en": "Edit again"},
    "watch.title": {"ko": "지켜보는 사람", "en": "Watchers"},
    "watch.hint": {
        "ko": "지켜보는 사람은 신청자의 답을 메일로 받습니다. 아이디가 이메일 주소여야 합니다.",
        "en": "Who watches gets the requester’s answers by mail, if the username is an e-mail address.",
    },
    "watch.begin": {"ko": "지켜보기", "en": "Watch"},
    "watch.end": {"ko": "그만 지켜보기", "en": "Stop watching"},
    "neighbours.title": {"ko": "같은 위치의 다른 요청", "en": "Other requests of this place"},
    "neighbours.open": {"ko": "아직 끝나지 않음", "en": "Open"},
    "neighbours.closed": {"ko": "최근에 끝남", "en": "Last ones that are over"},
    "neighbours.none_open": {"ko": "없습니다.", "en": "None."},
    "neighbours.none_closed": {"ko": "없습니다.", "en": "None."},
}
