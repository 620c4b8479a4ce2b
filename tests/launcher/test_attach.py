"""Other programs see what the running stack sees."""

from pathlib import Path

from config.settings import Settings
from launcher.attach import keep_environment, read_environment
from launcher.lock import hold


def test_every_setting_of_the_stack_is_told_and_nothing_else(tmp_path: Path) -> None:
    environment = {name.upper(): f"a {name}" for name in Settings.model_fields}
    with hold(tmp_path):
        keep_environment(environment | {"HOME": "/root"}, tmp_path)
        assert read_environment(tmp_path) == environment
    assert read_environment(tmp_path) == {}, "no stack runs there any more"
