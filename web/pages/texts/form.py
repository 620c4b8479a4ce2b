"""The form where a fault is reported."""

TEXTS = {
    "form.title": {"ko": "무엇이 고장 났나요?", "en": "What needs fixing?"},
    "form.lead": {
        "ko": "보내시면 바로 접수되고, 진행 상황을 볼 수 있는 페이지를 드립니다.",
        "en": "It is received at once, and you get a page to follow it.",
    },
    "form.emergency": {"ko": "사람이 위험하면 먼저", "en": "If anyone is in danger:"},
    "form.emergency_call": {"ko": "{phone} 전화", "en": "Call {phone}"},
    "form.emergency_call_outside": {
        "ko": "밖으로 나가서 {phone} 전화",
        "en": "Call {phone} from outside",
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
    "form.photos_choose": {"ko": "사진 고르기", "en": "Choose photos"},
    "form.photos_take": {"ko": "사진 찍기", "en": "Take a photo"},
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
        "ko": "이름과 연락처는 담당자만 보며, 이 요청을 처리하는 데만 씁니다. 적는 동안 위험을 알리는 말이 "
        "있는지 살피지만, 보내기 전에는 저장하지 않습니다.",
        "en": "Only staff see your name and contact, and use them for this request alone. While you "
        "type, the words are checked for danger; nothing is stored before you send it.",
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
    "form.no_line": {
        "ko": "연결되지 않았고, 이 기기에 저장할 수 없습니다. 이 페이지를 닫지 말고 잠시 뒤 다시 보내 주세요.",
        "en": "No connection, and it cannot be saved on this device. Keep this page open and send it "
        "again later.",
    },
    "form.progress": {"ko": "보낸 정도", "en": "Sent so far"},
    "draft.saved": {
        "ko": "이 기기에만 임시로 저장했습니다. 아직 보내지 않았습니다.",
        "en": "Saved on this device only. Not sent yet.",
    },
    "draft.restored": {
        "ko": "이 기기에 저장해 둔 내용을 다시 불러왔습니다. 아직 보내지 않았습니다.",
        "en": "This was saved on this device. Not sent yet.",
    },
    "draft.photos_large": {
        "ko": "글은 이 기기에 저장했습니다. 사진은 너무 커서 이 페이지를 닫으면 다시 골라야 합니다.",
        "en": "The words are saved on this device. The photos are too large for that: "
        "they last until this page is closed.",
    },
    "draft.not_saved": {
        "ko": "이 브라우저는 저장을 허용하지 않습니다. 보낼 때까지 페이지를 닫지 마세요.",
        "en": "This browser stores nothing. Keep the page open until it is sent.",
    },
    "draft.clear": {"ko": "모두 지우기", "en": "Clear all"},
    "kept.title": {"ko": "이 기기에 있는 요청", "en": "Requests on this device"},
    "kept.waiting": {
        "ko": "연결을 기다립니다. 아직 접수되지 않았습니다",
        "en": "Waiting for the connection. Not received yet",
    },
    "kept.waiting_how": {
        "ko": "이 기기에 저장했고, 연결되면 보냅니다. 늦어도 이 페이지를 다시 열 때 보냅니다. 사람이 위험하면 "
        "기다리지 말고 {phone}에 전화하세요.",
        "en": "It is saved on this device and sent when the connection is back, at the latest when "
        "this page is opened again. If anyone is in danger, do not wait: call {phone}.",
    },
    "kept.send": {"ko": "지금 보내기", "en": "Send now"},
    "kept.edit": {"ko": "고치기", "en": "Change it"},
    "kept.sent": {"ko": "접수되었습니다", "en": "Received"},
    "kept.open": {"ko": "진행 상황 보기", "en": "Follow it"},
    "kept.forget": {"ko": "이 안내 지우기", "en": "Remove this note"},
    "sent.title": {"ko": "접수되었습니다", "en": "Received"},
    "sent.what_next": {
        "ko": "전화로 물어보실 때 아래 접수 번호를 불러 주세요.",
        "en": "Read out the reference below when you call about it.",
    },
    "install.title": {"ko": "홈 화면에 추가하기", "en": "Add it to the home screen"},
    "install.why": {
        "ko": "다음에는 눌러서 바로 알릴 수 있고, 연결이 없어도 열립니다.",
        "en": "The next fault is then one tap away, also without a connection.",
    },
    "install.add": {"ko": "추가하기", "en": "Add"},
    "install.ios": {
        "ko": "아이폰·아이패드: 공유 버튼을 누르고 ‘홈 화면에 추가’를 고릅니다.",
        "en": "iPhone and iPad: tap Share, then Add to Home Screen.",
    },
    "install.android": {
        "ko": "안드로이드: 브라우저 메뉴에서 ‘홈 화면에 추가’를 고릅니다.",
        "en": "Android: open the browser's menu, then Add to Home screen.",
    },
}
