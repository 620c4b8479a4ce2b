"""The scores in which one evaluation is worse than another."""

from models.learning import Evaluation

# Scores that must not fall, and scores that may rise up to a limit that Haja guarantees.
_MUST_NOT_FALL = {"accuracy": "accuracy", "urgent_recall": "urgent found"}
_LIMITS = {
    "false_alarms": ("false alarms", 0.10),
    "calibration_error": ("calibration error", 0.05),
}
_ROUNDING = 1e-9


def losses(before: Evaluation, after: Evaluation) -> tuple[str, ...]:
    """One line per language and score that got worse, with the difference; empty if none did."""
    found = []
    for language, was in before.scores.items():
        became = after.scores[language]
        for name, words in _MUST_NOT_FALL.items():
            if became[name] < was[name] - _ROUNDING:
                found.append(_line(language, words, was[name], became[name]))
        for name, (words, limit) in _LIMITS.items():
            if became[name] > max(was[name], limit) + _ROUNDING:
                found.append(_line(language, words, was[name], became[name]))
    return tuple(found)


def _line(language: str, words: str, was: float, became: float) -> str:
    points = 100 * (became - was)
    return f"{language} {words}: {was:.1%} before, {became:.1%} now ({points:+.1f} points)"
