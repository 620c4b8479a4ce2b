"""What the bootstrap decides before it installs anything."""

from pathlib import Path

import pytest

from tools import bootstrap
from tools.bootstrap import choose_kind, is_current, read_mark, uv_environment, wanted_mark


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two locks and an environment that has a Python."""
    for name, path in {"ROOT": ".", "VENV": ".venv", "LOCKS": "requirements"}.items():
        monkeypatch.setattr(bootstrap, name, tmp_path / path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text("a==1\n")
    (tmp_path / "requirements" / "dev.txt").write_text("a==1\nb==1\n")
    return tmp_path


def test_the_second_call_has_nothing_to_do(repository: Path) -> None:
    assert not is_current("run", None)
    assert is_current("run", wanted_mark("run"))


def test_a_development_environment_serves_a_run(repository: Path) -> None:
    dev = wanted_mark("dev")
    assert is_current("run", dev)
    assert not is_current("dev", wanted_mark("run"))
    assert choose_kind("run", dev) == "dev"
    assert choose_kind("dev", wanted_mark("run")) == "dev"
    assert choose_kind("run", None) == "run"


def test_a_changed_lock_or_a_moved_repository_is_not_current(repository: Path) -> None:
    mark = wanted_mark("run")
    assert not is_current("run", mark._replace(root="/elsewhere"))
    (repository / "requirements" / "run.txt").write_text("a==2\n")
    assert not is_current("run", mark)


def test_a_mark_survives_the_disk(repository: Path) -> None:
    path = repository / "mark"
    assert read_mark(path) is None
    path.write_text(wanted_mark("run").as_text())
    assert read_mark(path) == wanted_mark("run")
    path.write_text("something else")
    assert read_mark(path) is None


def test_pip_settings_become_uv_settings(tmp_path: Path) -> None:
    pip = {"index-url": "https://one/simple", "extra-index-url": "https://two https://three"}
    found = uv_environment(pip, {"HOME": str(tmp_path), "UV_INDEX": "https://mine"})
    assert found["UV_DEFAULT_INDEX"] == "https://one/simple"
    assert found["UV_INDEX"] == "https://mine"
    assert "UV_FIND_LINKS" not in found


def test_without_a_writable_home_the_cache_stays_here() -> None:
    found = uv_environment({}, {"HOME": "/proc/nowhere"})
    assert found["UV_CACHE_DIR"] == str(bootstrap.TOOLS / "cache")
