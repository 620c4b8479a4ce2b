"""The supervisor: nothing stays dead, and nothing stays behind."""

import os
import signal
import socket

import pytest

from launcher.leftovers import ChildrenFile
from tests.launcher.conftest import ToyStack
from tests.launcher.waiting import wait_until

STEADY = "steady: sh -c 'echo $$ >> pids; exec sleep 1000'"
WITH_CHILDREN = "family: sh -c 'sleep 1000 & echo $! >> pids; echo $$ >> pids; wait'"
# Ends warmly: says so after a moment of work.
WARM = (
    'warm: sh -c \'trap "sleep 0.5; echo finished >> warm; exit 0" TERM;'
    " echo $$ >> pids; while :; do sleep 0.1; done'"
)


def test_a_process_that_dies_starts_again(toys: ToyStack) -> None:
    toys.write_procfile("dies: sh -c 'echo $$ >> pids; exit 3'")
    toys.start()
    toys.wait_for("pids", 2)
    assert "ended with exit code 3" in toys.output


def test_release_runs_first_and_to_its_end(toys: ToyStack) -> None:
    toys.write_procfile(
        "release: sleep 0.3 && echo 1 >> order", "web: sh -c 'echo 2 >> order; sleep 99'"
    )
    toys.start()
    toys.wait_for("order", 2)
    assert toys.pids("order") == [1, 2]


def test_a_failed_release_starts_nothing(toys: ToyStack) -> None:
    toys.write_procfile("release: echo broken && false", STEADY)
    assert toys.start().wait(60) == 1
    assert "broken" in toys.output
    assert not toys.pids("pids")


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_stopping_is_warm_and_leaves_nothing(toys: ToyStack, signum: signal.Signals) -> None:
    toys.write_procfile(STEADY, WITH_CHILDREN, WARM)
    launcher = toys.start()
    toys.wait_for("pids", 4)
    launcher.send_signal(signum)
    assert launcher.wait(60) == 0
    assert toys.running("pids") == []
    assert (toys.folder / "warm").read_text() == "finished\n"


def test_a_second_signal_does_not_wait(toys: ToyStack) -> None:
    toys.write_procfile(
        "stubborn: sh -c 'trap \"\" TERM; echo $$ >> pids; while :; do sleep 1; done'"
    )
    launcher = toys.start()
    toys.wait_for("pids")
    launcher.send_signal(signal.SIGINT)
    wait_until(lambda: "stopping" in toys.output, "the launcher stops")
    launcher.send_signal(signal.SIGINT)
    assert launcher.wait(20) == 0
    assert toys.running("pids") == []


def test_after_kill_9_the_next_start_leaves_nothing_of_the_old(toys: ToyStack) -> None:
    toys.write_procfile(STEADY, WITH_CHILDREN)
    killed = toys.start()
    toys.wait_for("pids", 3)
    old = toys.pids("pids")
    killed.kill()
    killed.wait()
    (toys.folder / "pids").unlink()
    toys.start()
    toys.wait_for("pids", 3)
    (toys.folder / "old").write_text("\n".join(str(pid) for pid in old))
    assert toys.running("old") == []
    assert len(toys.running("pids")) == 3


def test_a_direct_child_dies_with_a_killed_launcher(toys: ToyStack) -> None:
    toys.write_procfile(STEADY)
    launcher = toys.start()
    toys.wait_for("pids")
    launcher.kill()
    launcher.wait()
    wait_until(lambda: toys.running("pids") == [], "the kernel ended the child")


@pytest.mark.parametrize("variable", ["PORT", "FLOWER_PORT"])
def test_a_taken_port_is_one_clear_line(toys: ToyStack, variable: str) -> None:
    toys.write_procfile(STEADY)
    with socket.create_server(("127.0.0.1", int(toys.environment[variable]))):
        assert toys.start().wait(60) == 1
    (line,) = toys.output.splitlines()
    assert f"port {toys.environment[variable]} ({variable}) is taken" in line


def test_two_launchers_on_one_folder(toys: ToyStack) -> None:
    toys.write_procfile(STEADY)
    toys.start()
    toys.wait_for("pids")
    assert toys.start().wait(60) == 1
    assert "already runs on" in toys.output
    assert len(toys.running("pids")) == 1


def test_services_are_started_revived_and_taken_along(toys: ToyStack) -> None:
    for variable in ("DATABASE_URL", "REDIS_URL", "MAIL_SERVER"):
        del toys.environment[variable]
    toys.write_procfile(
        "asks: sh -c 'echo $DATABASE_URL $REDIS_URL $MAIL_PORT > urls; exec sleep 1000'"
    )
    launcher = toys.start()
    wait_until((toys.folder / "urls").exists, "the process runs")
    children = ChildrenFile(toys.folder / "var" / "run" / "children.json")
    wait_until(lambda: len(children.read()) == 4, "all are written down")
    old = {record.name: record.pid for record in children.read()}
    assert set(old) == {"asks", "inbox", "postgres", "redis"}
    os.kill(old["redis"], signal.SIGKILL)

    def revived() -> bool:
        now = {record.name: record.pid for record in children.read()}
        return now.get("redis", old["redis"]) != old["redis"]

    wait_until(revived, "redis starts again")
    everybody = [record.pid for record in children.read()]
    launcher.kill()
    launcher.wait()
    (toys.folder / "all").write_text("\n".join(str(pid) for pid in everybody))
    wait_until(lambda: toys.running("all") == [], "the servers went along")
