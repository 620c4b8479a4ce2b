"""Messages to this browser."""

TEXTS = {
    "push.title": {"ko": "이 기기의 알림", "en": "Notifications on this device"},
    "push.about": {
        "ko": "긴급한 요청이 들어오거나 요청이 배정되면, 화면이 잠겨 있어도 알려 드립니다.",
        "en": "You hear of urgent requests, and of those assigned to you, also on a locked phone.",
    },
    "push.on": {"ko": "이 기기에서 알림 받기", "en": "Notify me on this device"},
    "push.off": {"ko": "이 기기의 알림 끄기", "en": "Stop notifying this device"},
    "push.told": {"ko": "이제 이 기기로 알려 드립니다.", "en": "This device will be notified."},
    "push.hint_request": {
        "ko": "처리 상태가 바뀌거나 관리사무소가 글을 남기면 알려 드립니다.",
        "en": "We tell you when its status changes, and when the building office writes.",
    },
    "push.hint_desk": {
        "ko": "브라우저마다 따로 켭니다. 로그아웃한 뒤에도 끌 때까지 알림이 옵니다.",
        "en": "Each browser is turned on by itself, and stays so after a logout until you turn it off.",
    },
    "push.devices": {"ko": "알림을 받는 기기", "en": "Devices that are notified"},
    "push.unknown_device": {"ko": "알 수 없는 브라우저", "en": "Unknown browser"},
    "push.since": {"ko": "켠 때:", "en": "since"},
    "push.remove": {"ko": "끄기", "en": "Remove"},
    "push.denied": {
        "ko": "브라우저가 이 사이트의 알림을 막고 있습니다. 브라우저 설정에서 허용해 주세요.",
        "en": "The browser blocks notifications of this site. Allow them in its settings.",
    },
    "push.failed": {
        "ko": "알림을 켜거나 끄지 못했습니다. 잠시 뒤 다시 해 보세요.",
        "en": "That did not work. Please try again in a while.",
    },
}
