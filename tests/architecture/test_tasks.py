"""Tasks, queues, pipelines, policies and the Procfile agree."""

import ast
import inspect
import shlex
import typing
from pathlib import Path
from typing import Any

import pytest

from config.queues import QUEUES, queue_of, route_task
from config.schedule import SCHEDULE
from config.settings import get_settings
from launcher.procfile import RELEASE, read_procfile
from models.ledger.dispatch import PUBLISH_LEASE
from models.services import intake
from tasks.pipelines import PIPELINES
from tasks.policies import POLICIES, batch_sizes, longest_waits
from worker.app import app

ROOT = Path(__file__).parents[2]
PACKAGES = ("models", "tasks", "web", "worker", "live")

app.loader.import_default_modules()
TASKS: dict[str, Any] = {
    name: task for name, task in app.tasks.items() if not name.startswith("celery.")
}


def _parsed() -> list[tuple[Path, ast.Module]]:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return [(path, ast.parse(path.read_text())) for path in files]


def test_there_are_tasks() -> None:
    assert len(TASKS) >= 10


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_task_is_named_after_its_module_and_function(name: str) -> None:
    run = TASKS[name].run
    assert run.__module__ == f"tasks.{name.partition('.')[0]}"
    assert run.__name__ == name.partition(".")[2]


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_task_is_routed_to_a_known_queue(name: str) -> None:
    assert route_task(name)["queue"] in QUEUES
    assert app.amqp.router.route({}, name)["queue"].name in QUEUES


def test_built_in_tasks_have_a_queue_and_unknown_ones_none() -> None:
    assert route_task("celery.backend_cleanup")["queue"] in QUEUES
    with pytest.raises(KeyError):
        queue_of("nowhere.do_it")


@pytest.mark.parametrize("name", sorted(TASKS))
def test_task_parameters_are_ids_and_strings(name: str) -> None:
    hints = typing.get_type_hints(TASKS[name].run)
    assert hints.pop("return") is type(None)
    hints.pop("self", None)  # bound tasks know their own name
    assert set(hints) == set(inspect.signature(TASKS[name].run).parameters)
    assert set(hints.values()) <= {list[int], int, str}, hints


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_task_is_documented(name: str) -> None:
    assert inspect.getdoc(TASKS[name].run)


def _served_queues() -> dict[str, list[str]]:
    served = {}
    for process, command in read_procfile(ROOT / "Procfile").items():
        words = shlex.split(command)
        if words[2:4] == ["worker", "worker"]:
            option = next((n for n, word in enumerate(words) if word in ("-Q", "--queues")), None)
            assert option is not None, f"{process} would serve every queue"
            served[process] = words[option + 1].split(",")
    return served


def test_every_queue_is_served_and_every_served_queue_exists() -> None:
    served = [queue for queues in _served_queues().values() for queue in queues]
    assert sorted(served) == sorted(QUEUES)


def test_the_procfile_has_every_process_type() -> None:
    processes = set(read_procfile(ROOT / "Procfile"))
    workers = {*QUEUES} - {"push"}  # which the workers of mail serve
    assert {RELEASE, "web", "live", "dispatcher", "beat", "flower", *workers} <= processes


def test_a_step_may_wait_as_long_as_its_policy_lets_it() -> None:
    for name, seconds in longest_waits().items():
        policy = POLICIES[name]
        assert seconds > max(policy.lease, policy.delay(policy.max_failures), PUBLISH_LEASE)


def test_every_scheduled_kind_has_something_to_start() -> None:
    for kind in SCHEDULE:
        assert kind.endswith("_report") or f"{kind}_due" in PIPELINES
    assert "report_due" in PIPELINES


@pytest.mark.parametrize("event", sorted(PIPELINES))
def test_the_tasks_of_a_pipeline_exist_and_have_a_policy(event: str) -> None:
    tasks = PIPELINES[event]
    assert tasks
    assert set(tasks) <= set(TASKS)
    assert set(tasks) <= set(POLICIES)


def test_every_policy_belongs_to_a_task_of_a_pipeline() -> None:
    assert set(POLICIES) == {task for tasks in PIPELINES.values() for task in tasks}
    assert set(batch_sizes(get_settings())) == set(POLICIES)


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_a_task_with_a_policy_takes_run_ids_and_position(name: str) -> None:
    assert list(inspect.signature(TASKS[name].run).parameters) == ["run_ids", "position"]


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_a_policy_is_sound(name: str) -> None:
    policy = POLICIES[name]
    assert 0 < policy.lease <= policy.limit
    assert policy.max_failures > 0 and policy.max_losses > 0 and policy.batch > 0
    assert policy.backoff <= policy.backoff_cap
    # A higher limit would have no effect: the worker's hard limit kills the process before.
    assert policy.limit <= app.conf.task_time_limit


def _recorded_events() -> set[str]:
    """First words of ``record_event(session, "...")`` in the code, and the intake's own."""
    # Recorded in the intake's one statement.
    events = {intake.EVENT, intake.NOTICE, intake.RECEIPT, intake.PHOTO}
    for _, tree in _parsed():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in (
                "record_event",
                "record_events",
            ):
                event = node.args[1]
                if isinstance(event, ast.Constant):
                    events.add(str(event.value))
                elif isinstance(event, ast.Name):
                    events |= _possible_values(tree, event.id)
                else:
                    assert ast.unparse(event) == "f'{kind}_due'", ast.unparse(event)
                    events |= {f"{k}_due" for k in SCHEDULE if not k.endswith("_report")}
    return events


def _possible_values(tree: ast.Module, name: str) -> set[str]:
    """The values of ``name = "..." if ... else "..."``; empty for a parameter."""
    values: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            choice = node.value
            assert isinstance(choice, ast.IfExp), ast.unparse(node)
            values |= {ast.literal_eval(choice.body), ast.literal_eval(choice.orelse)}
    return values


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_every_recorded_event_has_a_pipeline_and_the_other_way_round() -> None:
    assert _recorded_events() == set(PIPELINES)


def test_only_the_dispatcher_publishes() -> None:
    publishing = {"apply_async", "delay", "send_task"}
    found = {
        path.relative_to(ROOT).as_posix()
        for path, tree in _parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and _name(node.func) in publishing
        and ast.unparse(node.func) != "policy.delay"
    }
    assert found == {"worker/dispatcher.py"}


def test_tasks_are_short_and_have_no_sql() -> None:
    """No SQL in a task's module, and at most 20 lines per task."""
    for path in (ROOT / "tasks").glob("*.py"):
        source = path.read_text()
        assert "text(" not in source and "select(" not in source, path.name
    for name, task in TASKS.items():
        assert len(inspect.getsource(task.run).splitlines()) <= 20, name


def test_messages_are_json_and_results_are_not_stored() -> None:
    conf = app.conf
    assert conf.accept_content == ["json"] and conf.task_serializer == "json"
    assert conf.result_backend is None and conf.task_ignore_result
    # Soft limits raise anywhere in the code, and workers have hung after that.
    assert conf.task_soft_time_limit is None
    assert conf.task_always_eager is False
