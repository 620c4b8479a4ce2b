"""Names of things that contain a word of danger: a gas station, a fire drill, 가스요금.

A model weighs words one by one and takes them for danger. The rules need this only where the name
itself would mislead them (``HARMLESS``): of a gas meter that hisses they have to see the gas.
"""

import re

from models.danger import english, korean

_ENGLISH = re.compile(
    r"\b(?:natural )?gas[- ](?:stations?|bills?|meters?|grills?|lamps?|masks?|lanterns?|compan(?:y|ies)|invoices?|ranges?|stoves?"
    r"|cookers?|ovens?|fireplaces?|powered|cylinders?|bottles?|prices?|accounts?|suppliers?|providers?|tax|pumps?|dryers?"
    r"|heaters?|boilers?|hobs?|burners?|usage|readings?|lighters?|cans?|connections?|contracts?|charges?|cap|tank|barbecues?|bbq)\b"
    r"|\b(?:petrol|filling|power|charging|police|bus|subway|hydrogen) stations?\b"
    r"|\bfire[- ]?(?:engines?|crackers?|balls?|birds?|brands?|storm|wire|power|side|bricks?|starters?|water|sticks?|chat|arms)\b"
    r"|\b(?:camp|bon|ring of|ceasefire|crossfire) ?fires?\b|\bburning man\b|\bmrs?[.]? burns\b|\bburner phone"
    r"|\bsmoke[- ]?(?:house|screen|signals?|grey|gray|room|area|y)\b|\bsmoked (?:glass|salmon|fish|meats?|ham|bacon|cheese|windows?)\b"
    r"|\bshock (?:absorber\w*|of hair|resist\w*|proof)\b|\b(?:bath|water|photo|snow|seed) ?bombs?\b"
    r"|\b(?:danger|warning|caution|hazard|emergency|safety|evacuation) (?:\w+ )?(?:signs?|posters?|labels?|stickers?|plans?|maps?|contacts?|lights?|lamps?|phones?|numbers?|lists?)\b"
    r"|\bexplosion (?:proof|of colou?rs?)\b|\bspark(?:s|le|ling)? (?:plugs?|joy|notes|water|wine|clean)\b"
    r"|\bflood (?:street|avenue|road|plains?|maps?|watch)\b|\b(?:heat|staple|nail|glue|nerf|caulk\w*|spray) guns?\b|\bgun range\b"
)
# As all Korean patterns: for text without blanks.
_KOREAN = re.compile(
    r"(?:숯불|구이|고기|삼겹살|바베큐)[가-힣]{0,4}연기|도시가스(?:명의|요금|검침|신청|공급|해지|연결|개통)|가스(?:충전소|경보기|요금|검침|회사|공사|난로|통교체|버너|그릴|냉장고|건조기)|주유소|충전소"
    r"|소방(?:서|차|호스|점검|훈련|안전|도로|교육|시설|관|공무원|전용|펌프)|소화(?:기|전|불량)|방화(?:문|벽|셔터|구획)|비상(?:구|등|벨|계단|연락|발전기|문|용|키|열쇠)"
    r"|연기(?:학원|대상|자|력|연습|지망|과)|불(?:꽃놀이|멍|고기|닭|꽃축제|가마|족발|국사)|화(?:재보험|염방지|로구이)|침수(?:방지|대비)|감전(?:주의|위험|예방)"
    r"|(?:주의|경고|위험|안내|대피|비상)(?:스티커|표지|안내|문구|포스터|도|판)|폭(?:포|발적|죽)|홍수(?:대비|피해|주의)|붕괴(?:위험|주의)(?:안내|표지|판)"
    r"|누전차단기(?:교체|문의|설치)|119(?:안전센터|소방)|총(?:무|회|괄|원|액)|칼(?:국수|갈이|슘)|지진(?:대피|안내|훈련)"
)
_SEEN = re.compile(r"\S")


def without_names(folded: str) -> str:
    """Folded text without them, and without what only sounds like danger."""
    text = folded
    for pattern in (english.HARMLESS, _ENGLISH):
        text = pattern.sub(" _ ", text)
    for pattern in (korean.HARMLESS, _KOREAN):
        text = _without(pattern, text)
    return text


def _without(pattern: re.Pattern[str], text: str) -> str:
    """``text`` without what ``pattern`` finds in it when its blanks are left out."""
    places = [found.start() for found in _SEEN.finditer(text)]
    joined = "".join(text[place] for place in places)
    kept, end = [], 0
    for found in pattern.finditer(joined):
        if found.end() > found.start():
            kept.append(text[end : places[found.start()]])
            end = places[found.end() - 1] + 1
    return " _ ".join((*kept, text[end:]))
