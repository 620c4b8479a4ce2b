"""What to do at once, per kind of danger; ``{phone}`` is the emergency number of the settings."""

ENGLISH = {
    "fire": "Get out now and close doors behind you. Use the stairs, not the lift. "
    "Call {phone} from outside.",
    "gas": "Do not use switches, phones or flames indoors. Open windows if you can, close the gas "
    "valve, leave the building, and call {phone} from outside.",
    "carbon_monoxide": "Get everyone into fresh air now and leave the doors open. "
    "Call {phone}, at once if anyone has a headache or feels sick.",
    "smoke": "If you see flames or the smoke gets thicker, get out by the stairs and call {phone}. "
    "Do not go looking for the source.",
    "trapped": "Stay calm and do not force the doors. Press the alarm button in the lift and hold "
    "it. Call {phone} if anyone is unwell or nobody answers.",
    "electric": "Do not touch it, and keep water and other people away. Switch the breaker off only "
    "if it is dry and safe to reach. Call {phone} if anyone was hurt or it is burning.",
    "flooding": "Close the main water valve if you can reach it. Keep out of water that may touch "
    "outlets or appliances. Call {phone} if anyone is in danger.",
    "collapse": "Move away from it and keep others away; more may fall. "
    "Call {phone} if anyone is hurt or the building may be unsafe.",
    "freeze": "Keep everyone in one warm room with blankets. Never heat with an oven, a grill or a "
    "generator indoors. Call {phone} if a child or an elderly person gets too cold.",
    "violence": "Go to a safe place, lock the door and stay quiet. Do not confront anyone. "
    "Call {phone} now.",
    "injury": "Call {phone} now and do what they tell you. Do not move the person unless they are in "
    "more danger where they are.",
    "fumes": "Get everyone into fresh air, and keep others out. Do not mix or clean up anything. "
    "Call {phone} if anyone coughs, is dizzy or feels sick.",
    "pressure": "Keep away from it and get others out of the room. Switch it off at the main switch "
    "only if that is far from it. Call {phone} from a safe place.",
    "blocked_exit": "Tell everyone inside which other way leads out. Clear or unlock this one if that "
    "is safe. If anyone is in danger and cannot leave, call {phone}.",
    "lift": "Nobody should get in. If you are inside, sit down on the floor, press and hold the "
    "alarm button, and do not force the doors. Call {phone} if anyone is hurt or in the shaft.",
    "falling": "Keep everyone away from below it and close the way if you can. Do not try to take it "
    "down. Call {phone} if it may fall on people.",
    "heat": "Move to the coolest room, drink water, and cool the skin with wet cloths. Call {phone} "
    "if anyone is confused, faints or stops sweating.",
    "no_supply": "If a medical device loses power, switch to its reserve and call {phone} before it "
    "runs out. Call {phone} as well if anyone gets weak or confused.",
    "any": "If anyone is in danger, leave and call {phone} now.",
}

KOREAN = {
    "fire": "즉시 밖으로 대피하고 나오면서 문을 닫으세요. 승강기 대신 계단을 이용하고, "
    "안전한 곳에서 {phone}에 신고하세요.",
    "gas": "실내에서 스위치, 전화기, 불을 쓰지 마세요. 가능하면 창문을 열고 가스 밸브를 잠근 뒤 "
    "밖으로 나가서 {phone}에 신고하세요.",
    "carbon_monoxide": "모두 바로 바깥 공기가 있는 곳으로 나가고 문을 열어 두세요. {phone}에 "
    "신고하고, 두통이나 어지러움이 있으면 꼭 알리세요.",
    "smoke": "불꽃이 보이거나 연기가 짙어지면 계단으로 대피하고 {phone}에 신고하세요. "
    "연기가 나는 곳을 직접 찾으러 가지 마세요.",
    "trapped": "침착하게 계시고 문을 억지로 열지 마세요. 승강기 안의 비상 호출 버튼을 길게 누르고, "
    "몸이 불편하거나 응답이 없으면 {phone}에 신고하세요.",
    "electric": "만지지 말고 물기와 사람을 멀리하세요. 마른 손으로 안전하게 닿을 수 있을 때만 "
    "차단기를 내리고, 다친 사람이 있거나 불이 붙으면 {phone}에 신고하세요.",
    "flooding": "손이 닿으면 수도 원밸브를 잠그세요. 콘센트나 가전제품에 닿은 물에는 들어가지 말고, "
    "위험하면 {phone}에 신고하세요.",
    "collapse": "더 떨어질 수 있으니 바로 멀리 떨어지고 다른 사람도 오지 못하게 하세요. "
    "다친 사람이 있거나 건물이 위험해 보이면 {phone}에 신고하세요.",
    "freeze": "모두 따뜻한 방 한곳에 모여 담요로 몸을 덮으세요. 실내에서 휴대용 버너나 숯을 "
    "피우지 마세요. 아이나 어르신의 몸이 차가워지면 {phone}에 신고하세요.",
    "violence": "안전한 곳으로 가서 문을 잠그고 조용히 계세요. 상대와 맞서지 말고 바로 {phone}에 "
    "신고하세요.",
    "injury": "바로 {phone}에 전화해서 안내에 따르세요. 그 자리가 더 위험하지 않다면 다친 분을 "
    "옮기지 마세요.",
    "fumes": "모두 바깥 공기가 있는 곳으로 나가고 다른 사람이 들어가지 못하게 하세요. 기침, 어지러움, "
    "메스꺼움이 있으면 {phone}에 신고하세요.",
    "pressure": "가까이 가지 말고 그 방에서 모두 나가세요. 떨어진 곳의 주 스위치로 끌 수 있을 때만 "
    "끄고, 안전한 곳에서 {phone}에 신고하세요.",
    "blocked_exit": "안에 있는 사람들에게 다른 출구를 알려 주세요. 안전하면 막힌 것을 치우거나 잠금을 "
    "푸세요. 위험한데 나가지 못하면 {phone}에 신고하세요.",
    "lift": "아무도 타지 않게 하세요. 안에 계시면 바닥에 앉아 비상 호출 버튼을 길게 누르고 문을 억지로 "
    "열지 마세요. 다쳤거나 승강로에 사람이 있으면 {phone}에 신고하세요.",
    "falling": "그 아래로 아무도 지나가지 못하게 하고 가능하면 길을 막으세요. 직접 떼어 내려고 하지 "
    "마세요. 사람 위로 떨어질 수 있으면 {phone}에 신고하세요.",
    "heat": "가장 시원한 방으로 옮겨 물을 마시고 젖은 수건으로 몸을 식히세요. 의식이 흐려지거나 "
    "쓰러지면 {phone}에 신고하세요.",
    "no_supply": "의료기기의 전원이 끊기면 예비 전원으로 바꾸고, 다 되기 전에 {phone}에 전화하세요. "
    "몸이 약해지거나 의식이 흐려져도 바로 전화하세요.",
    "any": "사람이 위험하면 바로 대피하고 {phone}에 신고하세요.",
}

# Nobody should stay inside for the call.
CALL_FROM_OUTSIDE = frozenset({"fire", "gas"})


def advice(kind: str, language: str, phone: str) -> str:
    """What to do at once and whom to call, for a kind of danger, in ``ko`` or ``en``.

    ``phone`` is the emergency number; an unknown kind gets the general advice.
    """
    texts = KOREAN if language == "ko" else ENGLISH
    return texts.get(kind, texts["any"]).format(phone=phone)
