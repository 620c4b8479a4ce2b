"""Tasks of the queue ``reports``: counts and charts, to be mailed."""

from celery import Task, shared_task

from models import wiring
from models.database import transaction
from models.ledger.steps import Claim
from models.mail_templates import charts
from models.services import reports
from tasks.steps.runner import Outcome, run_each


@shared_task(bind=True, name="reports.build_report")
def build_report(self: Task, run_ids: list[int], position: int) -> None:
    """Count the numbers of each report and draw its chart."""
    run_each(self.name, run_ids, position, work=_build)


def _build(claim: Claim) -> Outcome:
    with transaction() as session:
        numbers = reports.count_days(session, claim.subject_id)
    chart = wiring.chart_renderer()(charts.report_picture(numbers))
    return Outcome(
        record=lambda session: reports.record_report(
            session, claim.subject_id, numbers=numbers, chart=chart
        )
    )
