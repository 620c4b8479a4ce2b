"""How hard we try, by name. Leases are short, because runners renew them while they live."""

from config.settings import Settings
from models.ledger.steps import Policy

_LEASE = 15  # seconds until the steps of a runner that vanished are free again
_LOSSES = (
    8  # an innocent step may be in the worker several times when a poisonous one brings it down
)

# Every step of one message is claimed together; an engine's own time limits end long before.
TRIAGE = Policy(
    lease=_LEASE,
    limit=120,
    max_failures=8,
    max_losses=_LOSSES,
    backoff=1,
    backoff_cap=60,
    batch=200,
)

# Pure database work.
DATABASE_WORK = Policy(
    lease=_LEASE,
    limit=300,
    max_failures=20,
    max_losses=_LOSSES,
    backoff=0.5,
    backoff_cap=30,
    batch=200,
)

# A mail server may be away for a day: 60 tries, the later ones half an hour apart.
MAIL = Policy(
    lease=_LEASE,
    limit=300,
    max_failures=60,
    max_losses=_LOSSES,
    backoff=2,
    backoff_cap=1800,
    batch=50,
)

# A picture is opened in a process of its own with a wall clock of 60 seconds; the storage may be
# away for hours.
PHOTOS = Policy(
    lease=_LEASE, limit=180, max_failures=40, max_losses=_LOSSES, backoff=2, backoff_cap=900
)

REPORTS = Policy(
    lease=_LEASE, limit=280, max_failures=20, max_losses=_LOSSES, backoff=5, backoff_cap=600
)

POLICIES: dict[str, Policy] = {
    "triage.categorize_request": TRIAGE,
    "stats.refresh_statistics": DATABASE_WORK,
    "stats.rebuild_statistics": DATABASE_WORK,
    "stats.thin_ledger": DATABASE_WORK,
    "mail.send_receipt": MAIL,
    "mail.notify_operators": MAIL,
    "mail.send_update": MAIL,
    "mail.send_queued": MAIL,
    "mail.queue_report": DATABASE_WORK,
    "photos.process_photo": PHOTOS,
    "reports.build_report": REPORTS,
}


def batch_sizes(settings: Settings) -> dict[str, int]:
    """How many steps one message carries, by task.

    A message for an AI brings at most what is asked side by side: more would keep it from another
    worker that could ask sooner.
    """
    sizes = {task: policy.batch for task, policy in POLICIES.items()}
    if settings.openai_api_key or settings.openai_base_url:
        sizes["triage.categorize_request"] = min(TRIAGE.batch, settings.ai_concurrency)
    return sizes
