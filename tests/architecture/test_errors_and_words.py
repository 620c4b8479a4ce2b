"""Every error has an HTTP status and a message, and every text is in both languages."""

import ast
import re
from pathlib import Path

import pytest

from models import errors
from models.problems import PROBLEMS
from models.words import LABELS, TRANSITIONS, Category, Priority, Status, label
from web.errors import _CODES
from web.http import messages
from web.http.problems import STATUS_OF, problem_of

ROOT = Path(__file__).parents[2]
LANGUAGES = {"ko", "en"}


def _domain_errors() -> set[type[errors.DomainError]]:
    def below(kind: type[errors.DomainError]) -> set[type[errors.DomainError]]:
        return {kind}.union(*(below(sub) for sub in kind.__subclasses__()))

    return below(errors.DomainError) - {errors.DomainError}


def test_every_domain_error_has_a_status_a_code_and_a_message() -> None:
    kinds = _domain_errors()
    assert set(STATUS_OF) == kinds
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert {kind.code for kind in kinds} - {"lost_lease"} <= set(PROBLEMS)
    assert all(400 <= status < 500 or status == 503 for status in STATUS_OF.values())


def test_every_problem_code_in_the_code_has_a_message() -> None:
    found: set[str] = {*_CODES.values(), "bad_request"}
    for path in [*(ROOT / "web").rglob("*.py"), *(ROOT / "live").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in ("Problem", "Refusal"):
                code = node.args[1]
                if isinstance(code, ast.Constant):
                    found.add(str(code.value))
    assert found
    assert found <= set(PROBLEMS)


def test_every_field_message_in_the_code_is_defined() -> None:
    found: set[str] = set()
    for path in (ROOT / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", "")
            index = {"field_problem": 1, "PydanticCustomError": 0}.get(name)
            kind = node.args[index] if index is not None else None
            if isinstance(kind, ast.Constant):
                found.add(str(kind.value))
    assert found
    assert found <= set(messages._FIELDS)


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_a_problem_speaks_both_languages(code: str) -> None:
    words = PROBLEMS[code]
    assert set(words) == LANGUAGES
    assert all(title.strip() and detail.strip() for title, detail in words.values())
    assert _korean(words["ko"][1]) and not _korean(words["en"][1])


@pytest.mark.parametrize("kind", sorted(messages._FIELDS))
def test_a_field_message_has_both_languages(kind: str) -> None:
    words = messages._FIELDS[kind]
    assert set(words) == LANGUAGES
    names = [set(re.findall(r"{(\w+)}", sentence)) for sentence in words.values()]
    assert names[0] == names[1]
    assert _korean(words["ko"]) and not _korean(words["en"])


def _korean(text: str) -> bool:
    return bool(re.search("[가-힣]", text))


def test_every_word_has_a_label_in_both_languages() -> None:
    for kind, words in (("category", Category), ("priority", Priority), ("status", Status)):
        assert set(LABELS[kind]) == {word.value for word in words}
        for name, labels in LABELS[kind].items():
            assert set(labels) == LANGUAGES, name
            assert _korean(label(kind, name, "ko")) and not _korean(label(kind, name, "en"))


def test_the_words_of_the_contract() -> None:
    assert [c.value for c in Category] == [
        "pending", "electrical", "plumbing", "hvac", "structural", "elevator", "security",
        "fire_safety", "appliance", "pest", "cleaning", "other",
    ]  # fmt: skip
    assert [p.value for p in Priority] == ["pending", "low", "medium", "high", "urgent"]
    assert [s.value for s in Status] == [
        "pending", "in_progress", "on_hold", "completed", "cancelled",
    ]  # fmt: skip
    assert LABELS["category"]["plumbing"]["ko"] == "배관·누수"
    assert LABELS["category"]["security"]["ko"] == "보안·출입"
    assert LABELS["status"]["in_progress"]["ko"] == "처리 중"


def test_every_status_has_followers_but_not_itself() -> None:
    assert set(TRANSITIONS) == set(Status)
    for status, followers in TRANSITIONS.items():
        assert status not in followers
        assert followers, f"{status} is a dead end"


def test_a_problem_of_the_domain_names_its_field() -> None:
    problem = problem_of(errors.InvalidInput("is taken", field="username"))
    assert problem.status == 422
    assert [(e.field, e.message) for e in problem.errors] == [("username", "is taken")]
