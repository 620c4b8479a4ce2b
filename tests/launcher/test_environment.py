"""What the launcher hands to every process."""

from pathlib import Path

import pytest

from config.settings import SettingsError
from launcher.credentials import make_missing
from launcher.environment import check_settings, compose
from launcher.ports import PortError, chosen_ports
from launcher.procfile import ProcfileError, read_procfile
from launcher.ready import ready_message


def test_the_real_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('PORT=8100\nMAIL_DEFAULT_SENDER="하자 <a@b.kr>"\nREDIS_URL=\n')
    found = compose(tmp_path, {"PORT": "8200", "FLOWER_PORT": ""})
    assert (found["PORT"], found["FLOWER_PORT"]) == ("8200", "5555")
    assert found["MAIL_DEFAULT_SENDER"] == "하자 <a@b.kr>"
    assert "REDIS_URL" not in found
    assert found["PUBLIC_URL"] == "http://localhost:8200"
    assert found["HAJA_DATA_DIR"] == str(tmp_path / "var")


def test_the_example_means_the_defaults(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / ".env.example"
    (tmp_path / ".env").write_text(example.read_text())
    data = tmp_path / "var"
    data.mkdir()
    found = compose(tmp_path, {})
    assert found["HAJA_DATA_DIR"] == str(data)
    check_settings(found | make_missing(found, data))


@pytest.mark.parametrize("value", ["no", "0", "65536", "-1", "８０００"])
def test_a_port_that_is_none(value: str) -> None:
    with pytest.raises(PortError, match=r"PORT=.*must be a number"):
        chosen_ports({"PORT": value})


def test_both_ports_the_same() -> None:
    with pytest.raises(PortError, match="both 5555"):
        chosen_ports({"PORT": "5555"})


def test_secrets_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first = make_missing({}, tmp_path)
    assert make_missing({}, tmp_path) == first
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert "SECRET_KEY" not in make_missing({"SECRET_KEY": "mine"}, tmp_path)


def test_production_makes_no_secrets_and_refuses(tmp_path: Path) -> None:
    environment = {"HAJA_ENV": "production", "HAJA_DATA_DIR": str(tmp_path)}
    assert make_missing(environment, tmp_path) == {}
    with pytest.raises(SettingsError) as refusal:
        check_settings(environment)
    lines = str(refusal.value).splitlines()
    assert [line.partition(" (")[0] for line in lines] == [
        "SECRET_KEY is not set",
        "JWT_SECRET_KEY is not set",
    ]


@pytest.mark.parametrize("kind", ["development", "production"])
def test_the_inboxs_page_is_named_where_there_is_one(kind: str) -> None:
    environment = {
        "HAJA_ENV": kind,
        "PUBLIC_URL": "https://haja.example.org",
        "HAJA_INBOX": "/data/inbox",
        "HAJA_DATA_DIR": "/data",
    }
    said = ready_message(environment, {})
    assert "/data/inbox" in said
    assert ("/dev/inbox" in said) == (kind == "development")


def test_a_procfile_says_which_line_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "Procfile"
    path.write_text("# a comment\n\nweb: run it: now\n")
    assert read_procfile(path) == {"web": "run it: now"}
    path.write_text("web: run\nnonsense\n")
    with pytest.raises(ProcfileError, match="line 2"):
        read_procfile(path)


def test_a_folder_of_nobody_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HAJA_DATA_DIR"):
        compose(tmp_path, {"HAJA_DATA_DIR": "~nobody-here/haja"})
    assert not list(tmp_path.iterdir())
