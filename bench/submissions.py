"""What people report, as the same calls for every design: Korean and English, short and long."""

import json
import secrets

from bench.load import post

_REPORTS = (
    ("화장실 변기가 막혔어요.", "B동 302호"),
    ("The kitchen tap drips.", "Unit 12A"),
    (
        "어젯밤부터 거실 천장에서 물이 떨어집니다. 처음에는 한두 방울이었는데 지금은 양동이를 받쳐 "
        "놓아야 할 정도예요. 위층에 물어보니 아무 일도 없다고 합니다. 전등 바로 옆이라 걱정됩니다.",
        "101동 1504호 거실",
    ),
    (
        "Since yesterday evening half of the sockets in the office have had no power. We reset the "
        "breaker twice and it trips again as soon as the printer is switched on.",
        "Building C, 4th floor, room 417",
    ),
    ("엘리베이터 문이 닫히다가 다시 열리기를 반복합니다. 2호기입니다.", "본관 1층"),
    (
        "The heating in the meeting room does not switch off; it is 29 degrees in here.",
        "Annex 2.03",
    ),
    (
        "지하 주차장 B2층 기둥 14번 옆 바닥에 금이 가 있고, 비가 오면 그 틈으로 물이 올라옵니다. "
        "지난달에 한 번 말씀드렸는데 아직 그대로여서 다시 적습니다. 차를 세울 때마다 바퀴가 젖고 "
        "바닥이 미끄러워 어제는 옆집 어르신이 넘어질 뻔했습니다. 사진은 관리실에 따로 드리겠습니다. "
        "평일 저녁 일곱 시 이후나 주말에는 집에 사람이 있으니 언제든 연락해 주세요.",
        "지하 주차장 B2 기둥 14",
    ),
    (
        "There are ants along the window of the children's room and behind the wardrobe. We have "
        "cleaned everything and put traps up, but every morning there are more of them. They seem to "
        "come out of a gap below the window sill, where the sealing has been brittle since last "
        "winter. Please come in the morning if you can: the little one sleeps from noon to two. The "
        "neighbours below say that they have seen them in their kitchen as well, so it may be wise "
        "to look at both flats on the same day.",
        "Maple House, flat 7, children's room",
    ),
    ("복도 전등이 깜빡거려요", "3층 복도 끝"),
    ("Front door lock jams", "Main entrance"),
    (
        "세탁실 건조기 두 대 중 왼쪽 것이 돌아가기는 하는데 따뜻해지지 않습니다. 필터는 청소했습니다.",
        "기숙사 2관 세탁실",
    ),
    (
        "The emergency exit sign on the stairs is dark and the door below it can only be opened with "
        "a lot of force.",
        "Stairwell B between 2nd and 3rd floor",
    ),
)

FIELDS: tuple[dict[str, str], ...] = tuple(
    {
        "description": description,
        "location": location,
        "contact_info": f"010-5550-{1200 + number}, tenant{number}@example.org",
    }
    for number, (description, location) in enumerate(_REPORTS)
)
_BODIES = tuple(json.dumps(fields, ensure_ascii=False).encode() for fields in FIELDS)


def json_call(number: int) -> bytes:
    """A POST to ``/api/requests`` with a key that was never used before."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(16)}
    return post("/api/requests", _BODIES[number % len(_BODIES)], headers)
