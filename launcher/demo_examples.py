"""What people report: the demo's requests, in both languages, from several buildings."""

from typing import NamedTuple


class Example(NamedTuple):
    """One request. ``scenes`` are the pictures to draw, names of ``launcher.demo_scenes``."""

    language: str
    description: str
    location: str
    name: str
    contact: str
    scenes: tuple[str, ...] = ()


EXAMPLES: tuple[Example, ...] = (
    Example(
        "ko",
        "화장실 천장에서 물이 계속 떨어지고 있어요. 양동이를 받쳐 놓았는데 금방 찹니다.",
        "행복아파트 103동 1204호",
        "김서연",
        "010-2345-6789, seoyeon.kim@example.com",
        ("leak", "puddle"),
    ),
    Example(
        "en",
        "Someone is trapped in the lift between the third and fourth floor. The alarm button works.",
        "Harbour House, lift B",
        "James Porter",
        "j.porter@example.com, 020 7946 0123",
    ),
    Example(
        "ko",
        "복도 형광등이 깜빡거려서 눈이 아픕니다. 교체 부탁드려요.",
        "본관 3층 복도",
        "이준호",
        "junho.lee@example.com",
        ("lamp",),
    ),
    Example(
        "en",
        "The kitchen tap drips all night. It is not much, but the washer must be worn.",
        "Maple Court, flat 12",
        "Amelia Stone",
        "amelia.stone@example.com",
    ),
    Example(
        "ko",
        "지하 주차장에서 가스 냄새가 심하게 납니다.",
        "별빛빌딩 지하 2층 주차장",
        "박민지",
        "010-3456-7890 / minji.park@example.com",
    ),
    Example(
        "en",
        "There are sparks and a burning smell from the wall socket behind the desk.",
        "Riverside Office, room 214",
        "Oliver Grant",
        "o.grant@example.com, ext. 214",
        ("outlet",),
    ),
    Example(
        "ko",
        "사무실 에어컨에서 찬 바람이 안 나옵니다. 필터 청소를 해도 똑같아요.",
        "신관 507호",
        "최수빈",
        "subin.choi@example.com",
    ),
    Example(
        "en",
        "The radiators in the whole flat are cold, we have had no heating since last night.",
        "Maple Court, flat 31",
        "Sofia Rossi",
        "sofia.rossi@example.com",
    ),
    Example(
        "ko",
        "공동현관 도어록이 고장 나서 문이 잠기지 않아요. 누구나 들어올 수 있습니다.",
        "행복아파트 105동 공동현관",
        "정하늘",
        "haneul.jung@example.com, 010-4567-8901",
        ("door",),
    ),
    Example(
        "en",
        "The card reader at the side entrance does not open the door for anyone since this morning.",
        "Riverside Office, side entrance",
        "Daniel Okafor",
        "d.okafor@example.com",
    ),
    Example(
        "ko",
        "승강기가 움직일 때 덜컹거리는 소리가 나고 가끔 층 사이에서 멈칫합니다.",
        "별빛빌딩 승강기 2호기",
        "강도윤",
        "doyun.kang@example.com",
    ),
    Example(
        "en",
        "Hairline crack in the plaster beside the window, it has not grown but looks ugly.",
        "Harbour House, flat 7",
        "Hannah Weiss",
        "hannah.weiss@example.com",
        ("crack",),
    ),
    Example(
        "ko",
        "외벽 타일이 떨어져서 인도에 파편이 있습니다. 지나가는 사람이 다칠 수 있어요.",
        "도서관 동쪽 출입구 옆",
        "윤지우",
        "jiwoo.yoon@example.com",
        ("crack",),
    ),
    Example(
        "en",
        "The smoke detector in the hallway chirps every minute, probably a low battery.",
        "Maple Court, 2nd floor hallway",
        "Grace Lee",
        "grace.lee@example.com",
    ),
    Example(
        "ko",
        "소화기 압력 게이지가 빨간색이고 점검일이 지났습니다.",
        "체육관 1층 비상구 옆",
        "임태현",
        "taehyun.lim@example.com",
    ),
    Example(
        "en",
        "The washing machine in the laundry room does not spin and leaves the clothes soaking wet.",
        "Student Residence C, laundry room",
        "Noah Kim",
        "noah.kim@example.com",
    ),
    Example(
        "ko",
        "탕비실 냉장고가 전혀 시원해지지 않아서 음식이 상하고 있습니다.",
        "본관 2층 탕비실",
        "한유진",
        "yujin.han@example.com",
    ),
    Example(
        "en",
        "We found mouse droppings behind the cupboard in the staff kitchen.",
        "Riverside Office, staff kitchen",
        "Lucy Adams",
        "lucy.adams@example.com",
    ),
    Example(
        "ko",
        "주방에 바퀴벌레가 자주 나와요. 방역을 부탁드립니다.",
        "기숙사 B동 402호",
        "오세훈",
        "sehoon.oh@example.com",
    ),
    Example(
        "en",
        "The bins by the back door overflow and the smell reaches the stairs.",
        "Harbour House, back yard",
        "Peter Novak",
        "peter.novak@example.com",
        ("puddle",),
    ),
    Example(
        "ko",
        "1층 로비 바닥에 커피가 쏟아져 있어요. 청소 부탁드립니다.",
        "신관 1층 로비",
        "서예린",
        "yerin.seo@example.com",
        ("puddle",),
    ),
    Example(
        "en",
        "The power is out in the whole third floor, we cannot work.",
        "Student Residence C, 3rd floor",
        "Maria Lopez",
        "maria.lopez@example.com",
    ),
    Example(
        "ko",
        "세면대 물이 잘 안 내려가고 역류합니다.",
        "기숙사 A동 3층 공용 세면실",
        "문가온",
        "gaon.moon@example.com",
    ),
    Example(
        "en",
        "Could you tell me where to hand in a lost umbrella? It was left at the reception.",
        "Harbour House, reception",
        "Ella Brooks",
        "ella.brooks@example.com",
    ),
    Example(
        "ko",
        "게시판에 붙은 안내문이 오래되어서 바꿔 주셨으면 합니다.",
        "도서관 1층 게시판",
        "백승우",
        "seungwoo.baek@example.com",
    ),
    Example(
        "en",
        "The boiler cupboard is leaking and water is pouring through the ceiling into the flat below.",
        "Maple Court, flat 22",
        "Thomas Hill",
        "t.hill@example.com, 020 7946 0456",
        ("leak", "puddle"),
    ),
)
