"""The queue of each task. Each has workers of its own in the Procfile; mail's serve ``push`` too."""

QUEUES = ("triage", "stats", "mail", "push", "photos", "reports")


def queue_of(task: str) -> str:
    """The queue of a task name such as ``triage.categorize_request``: names are queue.function.

    Raises:
        KeyError: there is no such queue; there is no default queue.
    """
    queue = task.partition(".")[0]
    if queue not in QUEUES:
        raise KeyError(task)
    return queue


def route_task(name: str, *_args: object, **_kwargs: object) -> dict[str, str]:
    """Celery's router: built-in ``celery.*`` tasks go to the statistics queue."""
    return {"queue": "stats" if name.startswith("celery.") else queue_of(name)}
