"""Recording that something happened, together with the work that it causes."""

from sqlalchemy.orm import Session

from config import wiring
from models.run import Run, Step, StepState


def record_event(session: Session, event: str, *, subject_id: int, request_id: str = "") -> Run:
    """Write the run of ``event`` and its steps in the caller's transaction.

    ``request_id`` is the X-Request-ID of the web call, for the logs of everything that follows.

    Raises:
        KeyError: no pipeline is known for ``event``.
    """
    tasks = wiring.pipelines()[event]
    run = Run(event=event, subject_id=subject_id, request_id=request_id)
    session.add(run)
    session.flush()
    session.add_all(
        Step(
            run_id=run.id,
            position=position,
            task=task,
            state=StepState.BLOCKED if position else StepState.READY,
        )
        for position, task in enumerate(tasks)
    )
    return run
