"""Noise for Korean training text: other endings and spacing, and what tenants write around a fault."""

import re
from random import Random

# The polite ending of the last word, and the forms that people write instead.
_ENDINGS = (
    (
        r"([가-힣])어요$",
        ("{0}어요", "{0}습니다", "{0}음", "{0}네요", "{0}는데 봐주세요", "{0}어여", "{0}구요"),
    ),
    (r"나와요$", ("나와요", "나옵니다", "나옴", "나오네요", "나와여", "나오는데요")),
    (r"돼요$", ("돼요", "됩니다", "됨", "되네요", "되요", "돼여", "되는데 확인 부탁드립니다")),
    (r"해요$", ("해요", "합니다", "함", "하네요", "해여", "하는데 어떻게 하죠")),
    (r"새요$", ("새요", "샙니다", "샘", "새네요", "새는데 빨리 봐주세요")),
    (r"져요$", ("져요", "집니다", "짐", "지네요", "져여")),
    (r"려요$", ("려요", "립니다", "림", "리네요", "려여")),
    (r"가요$", ("가요", "갑니다", "감", "가네요")),
    (r"와요$", ("와요", "옵니다", "옴", "오네요")),
    (r"나요$", ("나요", "납니다", "남", "나네요", "나여")),
    (r"예요$", ("예요", "입니다", "임", "이네요")),
    (r"이에요$", ("이에요", "입니다", "임", "이네요")),
    (r"커요$", ("커요", "큽니다", "큼", "크네요")),
    (r"켜요$", ("켜요", "킵니다", "킴", "키네요")),
)
# Sentences of long complaints that do not describe the fault.
STORIES = (
    ". 이사 온 지 두 달 됐는데 처음엔 괜찮았어요",
    ". 남편이 고쳐보려고 했는데 안 되네요",
    ". 몇 번 말씀드렸는데 나아지지 않아요",
    ". 옆집도 같은 문제가 있다고 합니다",
    ". 퇴근하고 집에 오면 더 심해요",
    ". 지난번 오신 분은 사진만 찍고 가셨어요",
    ". 아이들이 다니는 길이라 걱정됩니다",
    ". 태풍 지나간 뒤부터 그래요",
    ". 마트에서 뭘 사다 해봤는데 소용없었어요",
    ". 낮에는 집에 없어서 저녁에 오시면 좋겠습니다",
    ". 여행 다녀와서 보니 이렇게 돼 있네요",
    ". 전화드렸는데 접수만 하고 연락이 없어요",
    ". 나이가 많아 혼자 해결하기 어렵습니다",
    ". 강아지가 있으니 오시기 전에 전화 부탁드려요",
)
BEFORE = [
    "안녕하세요 ",
    "안녕하세요. ",
    "302호인데요 ",
    "101동 1203호입니다. ",
    "관리실이죠? ",
    "저기요 ",
    "급해요 ",
    "수고하십니다. ",
    "문의드립니다. ",
    "민원입니다. ",
    "어제부터 ",
    "오늘 아침부터 ",
    "며칠 전부터 ",
    "일주일째 ",
    "이사 온 날부터 ",
    "또 ",
    "계속 ",
    "B동 ",
    "5층 ",
    "원룸인데 ",
    "저희 집 ",
    "우리집 ",
    "기숙사 403호 ",
    "죄송한데 ",
    "안녕하세요 세입자입니다. ",
    "지난주에도 말씀드렸는데 ",
    "비 온 뒤로 ",
    "갑자기 ",
    "퇴근하고 보니 ",
    "자다가 보니 ",
    "입주민입니다 ",
    "접수합니다. ",
]
AFTER = [
    "",
    " ㅠㅠ",
    " ㅜㅜ",
    ".",
    "!!",
    " 확인 부탁드립니다.",
    " 수리 부탁드려요",
    " 빨리 좀 봐주세요",
    " 조치 바랍니다",
    " 언제 오실 수 있나요?",
    " 감사합니다",
    " 벌써 두 번째예요",
    " 너무 불편해요",
    " 부탁드립니다!",
    " 저녁 7시 이후 방문 가능합니다",
    " 전화 주세요",
    " 며칠째인지 모르겠어요",
    " ;;",
    " 어떻게 해야 하나요",
    " 기사님 보내주세요",
    " 방문 전에 연락주세요",
    " 오늘 중으로 될까요?",
    " 집에 사람 있어요",
    " 지난번에도 그랬어요",
    " 월세 내고 사는데 너무하네요",
    " ㅠ",
    " 사진 첨부합니다",
    " 101동입니다",
]
# Places that contain words of another category: the place alone must not decide.
PLACES = [
    "창문 옆 ",
    "현관문 앞 ",
    "벽 쪽 ",
    "천장 쪽 ",
    "엘리베이터 앞 ",
    "로비 ",
    "바닥에 ",
    "싱크대 옆 ",
    "세면대 밑 ",
    "변기 뒤 ",
    "계단 쪽 ",
    "주차장 ",
    "냉장고 뒤 ",
    "세탁실 ",
    "보일러실 ",
    "비상구 앞 ",
    "복도 ",
    "옥상 ",
    "공동현관 앞 ",
    "침대 옆 ",
    "책상 밑 ",
    "베란다 ",
    "화장실 ",
    "주방 ",
    "쓰레기장 옆 ",
    "에어컨 밑 ",
    "콘센트 옆 ",
    "난간 쪽 ",
    "샤워실 ",
    "지하실 ",
    "에서 보니 ",
    "방 안 ",
]
_COMPILED = tuple((re.compile(pattern), forms) for pattern, forms in _ENDINGS)


def framed(text: str, random: Random) -> str:
    text = _other_ending(text, random)
    if random.random() < 0.2:
        text = random.choice(PLACES) + text
    if random.random() < 0.4:
        text = random.choice(BEFORE) + text
    if random.random() < 0.5:
        text += random.choice(AFTER)
    if random.random() < 0.12:
        text += "".join(random.sample(STORIES, random.randint(1, 3)))
    return text


def noisy(text: str, random: Random) -> str:
    """``text`` with some or all blanks left out, or without particles."""
    roll = random.random()
    if roll < 0.15:
        return text.replace(" ", "")
    if roll < 0.4:
        return "".join(c for c in text if c != " " or random.random() < 0.6)
    if roll < 0.5:
        return re.sub(r"(?<=[가-힣])[이가은는](?= )", "", text)
    return text


def _other_ending(text: str, random: Random) -> str:
    for pattern, forms in _COMPILED:
        if found := pattern.search(text):
            ending = random.choice(forms).format(*found.groups())
            return text[: found.start()] + ending
    return text
