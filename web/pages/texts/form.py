"""The form where a fault is reported."""

TEXTS = {
    "form.title": {"ko": "무엇이 고장 났나요?", "en": "What needs fixing?"},
    "form.lead": {
        "ko": "적어 주시면 바로 접수되고, 진행 상황을 볼 수 있는 페이지를 드립니다. 로그인은 필요 없습니다.",
        "en": "Write it down and it is received at once. You get a page to follow it. No login.",
    },
    "form.emergency": {
        "ko": "사람이 위험하면 먼저 전화하세요.",
        "en": "If anyone is in danger, call first.",
    },
    "form.emergency_call": {"ko": "{phone} 전화", "en": "Call {phone}"},
    "form.emergency_what": {
        "ko": "화재, 가스 냄새, 승강기 갇힘, 감전 위험은 이 양식을 기다리지 마세요.",
        "en": "Fire, a smell of gas, someone trapped in a lift, live wires: do not wait for this form.",
    },
    "form.description": {"ko": "어떤 문제인가요?", "en": "What is wrong?"},
    "form.description_hint": {
        "ko": "언제부터, 어디가, 어떻게 문제인지 적어 주세요.",
        "en": "What, where exactly, and since when.",
    },
    "form.location": {"ko": "위치", "en": "Place"},
    "form.location_hint": {
        "ko": "예: 101동 1203호 욕실",
        "en": "For example: Building 101, flat 1203, bathroom",
    },
    "form.photos": {"ko": "사진", "en": "Photos"},
    "form.photos_hint": {
        "ko": "최대 {count}장, 한 장에 {size} MB까지. 사진 속 위치 정보는 지워집니다.",
        "en": "Up to {count}, {size} MB each. The position stored in a photo is removed.",
    },
    "form.photos_choose": {"ko": "사진 고르기 또는 찍기", "en": "Choose or take photos"},
    "form.photos_lost": {
        "ko": "사진은 브라우저가 기억하지 못합니다. 다시 골라 주세요.",
        "en": "Browsers do not keep chosen photos. Please choose them again.",
    },
    "form.photo_remove": {"ko": "사진 빼기", "en": "Remove photo"},
    "form.photo_too_large": {
        "ko": "너무 큰 사진입니다({size} MB까지).",
        "en": "This photo is too large (up to {size} MB).",
    },
    "form.too_many_photos": {
        "ko": "사진은 {count}장까지 보낼 수 있어 나머지는 뺐습니다.",
        "en": "Only {count} photos can be sent; the rest were left out.",
    },
    "form.contact": {"ko": "연락처", "en": "How to reach you"},
    "form.contact_hint": {
        "ko": "이메일 주소를 적으시면 접수 확인과 진행 상황을 메일로 보내 드립니다.",
        "en": "With an e-mail address you get a receipt and news by mail.",
    },
    "form.name": {"ko": "이름", "en": "Your name"},
    "form.privacy": {
        "ko": "이름과 연락처는 담당자만 보며, 이 요청을 처리하는 데만 씁니다.",
        "en": "Only staff see your name and contact, and use them for this request alone.",
    },
    "form.submit": {"ko": "접수하기", "en": "Send"},
    "form.sending": {"ko": "보내는 중…", "en": "Sending…"},
    "form.problem": {"ko": "아직 접수되지 않았습니다", "en": "Not received yet"},
    "form.sent_before": {
        "ko": "이 양식은 이미 한 번 접수되었고 내용이 그때와 다릅니다. 새 요청으로 보내시려면 다시 눌러 주세요.",
        "en": "This form was received once already, with other content. "
        "Press again to send it as a new request.",
    },
    "form.login_first": {
        "ko": "로그인한 사람만 접수할 수 있습니다. 다른 창에서 로그인한 뒤 다시 보내 주세요.",
        "en": "Only who is logged in may send this. Log in in another window, then send it again.",
    },
    "form.left": {"ko": "{count}자 남음", "en": "{count} characters left"},
}
