"""One sentence that explains the embedded engine's answer to a person."""

from models.words import label
from worker.adapters.ai.features import Seen
from worker.adapters.ai.model import Model

SHOWN = 3
_DANGERS = {
    "fire": ("fire", "화재"),
    "gas": ("a gas leak", "가스 누출"),
    "carbon_monoxide": ("carbon monoxide", "일산화탄소"),
    "violence": ("violence or an intruder", "폭력·침입"),
    "injury": ("an injury", "인명 사고"),
    "fumes": ("harmful fumes", "유독 가스"),
    "pressure": ("an explosion", "폭발"),
    "smoke": ("smoke or burning", "연기·타는 냄새"),
    "blocked_exit": ("a blocked way of escape", "대피로 막힘"),
    "lift": ("a lift out of control", "승강기 사고"),
    "trapped": ("a trapped person", "갇힘 사고"),
    "electric": ("electric shock", "감전"),
    "flooding": ("flooding", "침수"),
    "collapse": ("a collapse", "붕괴"),
    "falling": ("falling parts", "추락물"),
    "freeze": ("dangerous cold", "저체온"),
    "heat": ("dangerous heat", "온열 질환"),
    "no_supply": ("no water or power for somebody frail", "취약자 단수·단전"),
}


def reason_for(seen: Seen, model: Model, *, category: str, priority: str, language: str) -> str:
    """The words that count for ``category``, and the danger if there is one, in ``language``."""
    words = _speaking_words(seen, model, category)
    if language == "ko":
        return _korean(
            words, label("category", category, "ko"), label("priority", priority, "ko"), seen.danger
        )
    return _english(
        words, label("category", category, "en"), label("priority", priority, "en"), seen.danger
    )


def _speaking_words(seen: Seen, model: Model, category: str) -> list[str]:
    strength: dict[str, float] = {}
    for hit in dict.fromkeys(seen.hits):
        weight = model.contribution(f"c:{hit.concept}", category)
        if weight > 0:
            strength[hit.surface] = max(weight, strength.get(hit.surface, 0.0))
    return sorted(strength, key=lambda word: -strength[word])[:SHOWN]


def _english(words: list[str], category: str, priority: str, danger: str | None) -> str:
    quoted = ", ".join(f"“{word}”" for word in words)
    basis = f"The words {quoted} point to" if words else "No clear sign in the text; best guess is"
    risk = f", and it may be {_DANGERS[danger][0]}" if danger else ""
    return f"{basis} {category.lower()} with {priority.lower()} priority{risk}."


def _korean(words: list[str], category: str, priority: str, danger: str | None) -> str:
    quoted = ", ".join(f"‘{word}’" for word in words)
    basis = f"{quoted} 표현을 근거로" if words else "뚜렷한 단서가 없어 추정하여"
    risk = f" {_DANGERS[danger][1]} 위험이 의심되어" if danger else ""
    return f"{basis}{risk} 분야 ‘{category}’, 우선순위 ‘{priority}’으로 분류했습니다."
