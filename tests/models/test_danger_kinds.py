"""Kinds of danger beyond fire, gas and water, terse and long, and what only sounds like them."""

import pytest

from models.danger.rules import find_danger

REPORTED = [
    ("He is at my door with a machete", "violence"),
    ("men are prying the gate open with bolt cutters", "violence"),
    ("INTRUDER INSIDE UNIT 9", "violence"),
    ("my neighbor keeps saying he will kill me and is pounding on the wall", "violence"),
    ("문을 부수고 들어오려는 사람이 있어요", "violence"),
    ("술 취한 남자가 칼을 들고 관리실에 있습니다", "violence"),
    ("칼 든 사람이 복도에 있어요", "violence"),
    ("망치를 든 남자가 문 앞에 서 있어요", "violence"),
    ("옆집 남자가 죽이겠다고 문을 발로 차요", "violence"),
    ("tenant slipped on the wet stairs and is unconscious", "injury"),
    ("a boy is hanging from the balcony railing on 5", "injury"),
    ("경비 아저씨가 갑자기 쓰러지셔서 의식이 없습니다", "injury"),
    ("누가 옥상 난간에 올라가 있어요", "injury"),
    ("some kind of chemical spilled in the lab, two students are dizzy", "fumes"),
    ("지하에서 염소 냄새가 나고 직원들이 기침합니다", "fumes"),
    ("steam boiler over pressure, needle past the red line", "pressure"),
    ("water heater tank is swollen and hissing", "pressure"),
    ("보일러 압력이 계속 오르고 안전밸브가 터질 것 같아요", "pressure"),
    ("rear exit padlocked, party going on with 80 people", "blocked_exit"),
    ("비상구 앞에 짐이 쌓여서 막혔는데 지금 수업 중이라 학생이 가득해요", "blocked_exit"),
    ("the lift plummeted from 8 to 5", "lift"),
    ("Elevator is jerking up and down with passengers inside", "lift"),
    ("the elevator goes up with its doors open", "lift"),
    ("승강기가 갑자기 5층에서 2층까지 뚝 떨어졌어요", "lift"),
    ("엘베가 쿵쿵 흔들리는데 사람들이 타고 있어요", "lift"),
    ("elevator not moving, four passengers aboard", "trapped"),
    ("toddler locked himself in the bathroom, lock is jammed and he is alone inside", "trapped"),
    ("water from the flat above is running into the fuse box", "electric"),
    ("The outlet by the tub is full of water and sizzling", "electric"),
    ("천장 누수가 분전반까지 흘러 들어갑니다", "electric"),
    ("basement column is cracked through and bowing", "collapse"),
    ("the ceiling in the hallway is hanging down, it may go any second", "collapse"),
    ("건물 기둥에 균열이 점점 벌어져요", "collapse"),
    ("지하주차장 기둥이 갈라지면서 소리가 나요", "collapse"),
    ("주차장 슬래브가 내려앉고 있어요", "collapse"),
    ("천장이 축 처져서 곧 무너질 것 같아요", "collapse"),
    ("loose cladding panel flapping over the bus stop", "falling"),
    ("외벽 유리가 빠져서 사람들 다니는 길로 떨어지려고 해요", "falling"),
    ("no heating, 9 C inside", "freeze"),
    ("furnace quit, thermostat reads 44", "freeze"),
    ("boiler is out and my mother is 91", "freeze"),
    ("난방이 안 되는데 방이 8도예요", "freeze"),
    ("보일러가 꺼졌는데 갓난아기가 있어요", "freeze"),
    ("AC died, 101F in the bedroom and grandpa is dizzy", "heat"),
    ("에어컨 고장인데 실내 38도라 어르신이 탈진하셨어요", "heat"),
    ("no water for two days, my wife is bedridden", "no_supply"),
    ("power outage and the ventilator of my son is on battery", "no_supply"),
    ("정전이라 어머니 인공호흡기가 멈출 것 같습니다", "no_supply"),
    ("e-bike battery is swelling and smoking in the corridor", "fire"),
]
HARMLESS = [
    "someone broke into the bike room last month, any news?",
    "landlord threatens to evict us over the rent",
    "kitchen knife stuck in the garbage disposal",
    "a bat flew into the attic",
    "radiator needs bleeding",
    "somebody could get hurt on this loose step",
    "resident fell last week on the icy steps, please salt",
    "paint smell in the hallway",
    "boiler pressure 1.6 bar, is that normal?",
    "water pressure too high in the shower",
    "exit sign at the back door is dark",
    "boxes in front of the fire exit",
    "the elevator drops a little before it levels",
    "a ceiling tile fell in the elevator",
    "I dropped my keys down the elevator shaft",
    "what should we do if the lift falls?",
    "elevator inspection on Tuesday",
    "no water in the fridge dispenser",
    "water stain next to the ceiling light",
    "hairline crack in the column, for years",
    "towel rack about to fall off the wall",
    "paint is falling off the ceiling",
    "it is 68 in here, a bit cold",
    "fridge is 50 degrees inside",
    "hot water only reaches 104 F",
    "room 12 has no light",
    "apt 4C heat knob missing",
    "freezer at -18 C, is that right?",
    "when do you turn on the heat? 70 in here",
    "작년에 도둑이 든 적이 있어 CCTV 문의드려요",
    "집주인이 계약 문제로 협박성 문자를 보내요",
    "어제 외판원이 다녀갔어요",
    "계단에서 넘어질까 걱정돼요 미끄럼 방지 부탁드려요",
    "보일러 압력이 낮아요",
    "수압이 너무 높아요",
    "비상구 유도등이 꺼졌어요",
    "엘리베이터가 출발할 때 조금 흔들려요",
    "엘리베이터 점검 예정 문의",
    "엘리베이터 천장 조명이 떨어졌어요",
    "조명 옆 천장에 물 얼룩이 있어요",
    "차단기가 자꾸 떨어져요",
    "기둥에 실금이 조금 있어요",
    "망치든 드라이버든 하나 빌려주세요",
    "주차장 차단기 기둥이 부러졌어요",
    "주차장 기둥 보호대가 떨어져나갔어요",
    "기둥 옆 주차 선이 지워졌는데 구조도 좀 기울었어요",
    "수건걸이가 떨어지려고 해요",
    "방이 20도라 조금 추워요",
    "냉장고가 12도예요",
    "온수가 38도밖에 안 돼요",
    "물 틀면 벽에서 덜덜 떨리는 소리가 나요",
    "소화기 압력 바늘이 빨간색이에요",
    "할머니 칠순 잔치에 커뮤니티룸 빌릴 수 있나요",
    "화재 대피 훈련 때 승강기도 멈추나요?",
]


@pytest.mark.parametrize(("text", "kind"), REPORTED)
def test_each_kind_is_recognised(text: str, kind: str) -> None:
    assert find_danger(text) == kind


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_past_feared_asked_or_in_the_normal_range_is_no_danger(text: str) -> None:
    assert find_danger(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("no heat, {} inside", "freeze"),
        ("heating is out and the room is {}", "freeze"),
        ("{} in the apartment, radiators dead", "freeze"),
    ],
)
@pytest.mark.parametrize("figure", ["9C", "48F", "10 degrees celsius", "45 °f", "46 degrees"])
def test_cold_counts_in_either_scale(text: str, kind: str, figure: str) -> None:
    assert find_danger(text.format(figure)) == kind


@pytest.mark.parametrize("figure", ["21C", "70F", "20 degrees celsius", "68 °f", "66 degrees"])
def test_an_ordinary_temperature_is_no_danger(figure: str) -> None:
    assert find_danger(f"radiator knocks, {figure} inside") is None
