"""The events of a timeline; ``timeline.<event>``, or ``seen.<event>`` where their requester reads them
in other words."""

TEXTS = {
    "timeline.reason": {"ko": "까닭: {reason}", "en": "Reason: {reason}"},
    "timeline.undone": {"ko": "되돌림 · {text}", "en": "Undone · {text}"},
    "timeline.request_submitted": {
        "ko": "요청이 접수되었습니다.",
        "en": "The request was received.",
    },
    "timeline.request_imported": {
        "ko": "이전 기록에서 옮겨 왔습니다.",
        "en": "Brought over from earlier records.",
    },
    "timeline.request_categorized": {
        "ko": "‘{category}’, 긴급도 ‘{priority}’{priority:으로} 분류되었습니다.",
        "en": "Sorted as “{category}”, priority “{priority}”.",
    },
    "timeline.request_refined": {
        "ko": "‘{category}’, 긴급도 ‘{priority}’{priority:으로} 다시 분류되었습니다.",
        "en": "Sorted again: “{category}”, priority “{priority}”.",
    },
    "timeline.status_changed": {
        "ko": "상태: {was} → {became}",
        "en": "Status: {was} → {became}",
    },
    "timeline.category_changed": {
        "ko": "분류: {was} → {became}",
        "en": "Category: {was} → {became}",
    },
    "timeline.priority_changed": {
        "ko": "긴급도: {was} → {became}",
        "en": "Priority: {was} → {became}",
    },
    "timeline.assignee_changed": {
        "ko": "담당자: {was} → {became}",
        "en": "Assigned to: {was} → {became}",
    },
    "timeline.by_rule": {"ko": "규칙에 따라 · {text}", "en": "By a rule · {text}"},
    "timeline.assigned": {"ko": "담당자가 정해졌습니다.", "en": "Somebody was assigned."},
    "timeline.unassigned": {
        "ko": "담당자를 다시 정하고 있습니다.",
        "en": "It awaits a new assignee.",
    },
    "timeline.note_added": {"ko": "메모를 남겼습니다.", "en": "Left a note."},
    "timeline.reply_added": {"ko": "신청자에게 글을 보냈습니다.", "en": "Wrote to the requester."},
    "timeline.question_asked": {"ko": "신청자에게 물었습니다.", "en": "Asked the requester."},
    "timeline.requester_replied": {
        "ko": "신청자가 글을 남겼습니다.",
        "en": "The requester wrote.",
    },
    "seen.reply_added": {
        "ko": "관리사무소에서 알려 드립니다.",
        "en": "The building office wrote to you.",
    },
    "seen.question_asked": {
        "ko": "관리사무소에서 여쭙니다.",
        "en": "The building office asked you.",
    },
    "seen.requester_replied": {"ko": "글을 보내셨습니다.", "en": "You wrote."},
    "timeline.rating_given": {
        "ko": "신청자의 평가: 5점 만점에 {stars}점",
        "en": "The requester's rating: {stars} of 5",
    },
    "seen.rating_given": {"ko": "처리를 평가하셨습니다.", "en": "You rated the work."},
    "timeline.photo_added": {"ko": "사진이 추가되었습니다.", "en": "A photo was added."},
    "timeline.receipt_sent": {
        "ko": "접수 확인 메일을 보냈습니다.",
        "en": "The receipt was mailed.",
    },
    "timeline.receipt_refused": {
        "ko": "접수 확인 메일을 보내지 못했습니다.",
        "en": "The receipt could not be mailed.",
    },
    "timeline.receipt_unknown": {
        "ko": "접수 확인 메일이 갔는지 알 수 없습니다.",
        "en": "Whether the receipt was mailed is not known.",
    },
    "timeline.receipt_waiting": {
        "ko": "접수 확인 메일을 아직 보내지 못해 다시 시도합니다.",
        "en": "The receipt could not be mailed yet; it is tried again.",
    },
    "timeline.receipt_held": {
        "ko": "이 주소로 한 시간에 보내는 메일 수를 넘어 접수 확인 메일을 보내지 않았습니다.",
        "en": "The receipt was not mailed: this address got too many mails within the hour.",
    },
    "timeline.contact_changed": {
        "ko": "연락처: {was} → {became}",
        "en": "Contact: {was} → {became}",
    },
    "seen.contact_changed": {"ko": "연락처를 고쳤습니다.", "en": "The contact was corrected."},
    "timeline.requester_name_changed": {
        "ko": "신청자 이름: {was} → {became}",
        "en": "Requester: {was} → {became}",
    },
    "seen.requester_name_changed": {
        "ko": "신청자 이름을 고쳤습니다.",
        "en": "The requester’s name was corrected.",
    },
    "timeline.link_requested": {
        "ko": "링크를 다시 보내게 했습니다.",
        "en": "Had the link sent again.",
    },
    "timeline.link_renewed": {
        "ko": "신청자의 링크를 새것으로 바꾸었습니다. 전의 링크는 열리지 않습니다.",
        "en": "Replaced the requester’s link: the one before no longer opens.",
    },
    "seen.link_renewed": {
        "ko": "이 페이지의 링크가 새것으로 바뀌었습니다.",
        "en": "This page has a new link.",
    },
    "timeline.link_sent": {
        "ko": "링크를 메일로 보냈습니다.",
        "en": "The link was mailed.",
    },
    "timeline.link_refused": {
        "ko": "링크 메일을 보내지 못했습니다.",
        "en": "The link could not be mailed.",
    },
    "timeline.link_unknown": {
        "ko": "링크 메일이 갔는지 알 수 없습니다.",
        "en": "Whether the link was mailed is not known.",
    },
    "timeline.link_waiting": {
        "ko": "링크 메일을 아직 보내지 못해 다시 시도합니다.",
        "en": "The link could not be mailed yet; it is tried again.",
    },
    "timeline.link_held": {
        "ko": "이 주소로 한 시간에 보내는 메일 수를 넘어 링크 메일을 보내지 않았습니다.",
        "en": "The link was not mailed: this address got too many mails within the hour.",
    },
    "timeline.link_queued": {
        "ko": "링크 메일이 아직 나가지 않았습니다.",
        "en": "The mail with the link has not left yet.",
    },
    "timeline.update_sent": {
        "ko": "변경 안내 메일을 보냈습니다.",
        "en": "News of the change was mailed.",
    },
    "timeline.update_refused": {
        "ko": "변경 안내 메일을 보내지 못했습니다.",
        "en": "News of the change could not be mailed.",
    },
    "timeline.update_unknown": {
        "ko": "변경 안내 메일이 갔는지 알 수 없습니다.",
        "en": "Whether news of the change was mailed is not known.",
    },
    "timeline.update_waiting": {
        "ko": "변경 안내 메일을 아직 보내지 못해 다시 시도합니다.",
        "en": "News of the change could not be mailed yet; it is tried again.",
    },
    "timeline.update_held": {
        "ko": "이 주소로 한 시간에 보내는 메일 수를 넘어 변경 안내 메일을 보내지 않았습니다.",
        "en": "News of the change was not mailed: this address got too many mails within the hour.",
    },
    "timeline.notice_sent": {
        "ko": "담당자에게 알렸습니다.",
        "en": "The operators were told by mail.",
    },
    "timeline.notice_waiting": {
        "ko": "담당자 알림 메일을 아직 보내지 못해 다시 시도합니다.",
        "en": "The operators could not be told by mail yet; it is tried again.",
    },
    "timeline.notice_refused": {
        "ko": "담당자 알림 메일을 보내지 못했습니다.",
        "en": "The operators could not be told by mail.",
    },
    "timeline.notice_unknown": {
        "ko": "담당자 알림 메일이 갔는지 알 수 없습니다.",
        "en": "Whether the operators were told by mail is not known.",
    },
    "timeline.mail_queued": {
        "ko": "메일이 아직 나가지 않았습니다.",
        "en": "A mail has not left yet.",
    },
    "timeline.receipt_queued": {
        "ko": "접수 확인 메일이 아직 나가지 않았습니다.",
        "en": "The receipt has not left yet.",
    },
    "timeline.update_queued": {
        "ko": "변경 안내 메일이 아직 나가지 않았습니다.",
        "en": "News of the change has not left yet.",
    },
    "timeline.notice_queued": {
        "ko": "담당자 알림 메일이 아직 나가지 않았습니다.",
        "en": "The mail to the operators has not left yet.",
    },
    "timeline.category_confirmed": {
        "ko": "분류 ‘{value}’{value:을} 확인했습니다.",
        "en": "Confirmed the category “{value}”.",
    },
    "timeline.priority_confirmed": {
        "ko": "긴급도 ‘{value}’{value:을} 확인했습니다.",
        "en": "Confirmed the priority “{value}”.",
    },
    "timeline.mail_to": {
        "ko": "받는 이 {recipient} · {subject}",
        "en": "To {recipient} · {subject}",
    },
    "timeline.next_try": {"ko": "다시 보낼 때: {time}", "en": "Next try: {time}"},
    "timeline.confidence": {"ko": "확신도 {percent}", "en": "{percent} sure"},
    "timeline.folded": {
        "ko": "사이의 기록 {count}개 보기",
        "en": "Show {count} more entries between",
    },
    "timeline.internal": {"ko": "직원만 봄", "en": "staff only"},
}
