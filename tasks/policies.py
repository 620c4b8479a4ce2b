"""The policy of each task. Leases are short, because runners renew them while they work."""

from config.settings import Settings
from models.ledger.steps import Policy

_LEASE = 15  # seconds until the steps of a lost runner are free again
# A harmless step may be in the worker several times when a poison one crashes it.
_LOSSES = 8

# All steps of a message are claimed together. An engine's own time limits end long before this one.
TRIAGE = Policy(
    lease=_LEASE,
    limit=120,
    max_failures=8,
    max_losses=_LOSSES,
    backoff=1,
    backoff_cap=60,
    batch=200,
)

# Asks an AI that was away a moment ago, for about two days: 70 tries, the later ones up to an hour
# apart. The request has an answer already.
REFINEMENT = Policy(
    lease=_LEASE,
    limit=120,
    max_failures=70,
    max_losses=_LOSSES,
    backoff=30,
    backoff_cap=3600,
    gives_up=True,
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

# A mail server may be down for a day: 60 tries, the later ones up to half an hour apart.
MAIL = Policy(
    lease=_LEASE,
    limit=300,
    max_failures=60,
    max_losses=_LOSSES,
    backoff=2,
    backoff_cap=1800,
    batch=50,
)

# Its messages are no news any more after some hours, and then end by themselves. A push service that
# hangs holds a thread of the worker for seconds: a message to the worker has few of them.
PUSH = Policy(
    lease=_LEASE,
    limit=120,
    max_failures=60,
    max_losses=_LOSSES,
    backoff=5,
    backoff_cap=1800,
    batch=4,
    gives_up=True,
)

# A picture is decoded in its own process with a time limit of 60 seconds. The storage may be down
# for hours.
PHOTOS = Policy(
    lease=_LEASE, limit=180, max_failures=40, max_losses=_LOSSES, backoff=2, backoff_cap=900
)

REPORTS = Policy(
    lease=_LEASE, limit=280, max_failures=20, max_losses=_LOSSES, backoff=5, backoff_cap=600
)

POLICIES: dict[str, Policy] = {
    "triage.categorize_request": TRIAGE,
    "triage.refine_request": REFINEMENT,
    "stats.refresh_statistics": DATABASE_WORK,
    "stats.rebuild_statistics": DATABASE_WORK,
    "stats.thin_ledger": DATABASE_WORK,
    "stats.rename_user": DATABASE_WORK,
    "stats.rename_team": DATABASE_WORK,
    "mail.send_receipt": MAIL,
    "mail.send_link": MAIL,
    "mail.notify_operators": MAIL,
    "mail.send_update": MAIL,
    "mail.forward_answer": MAIL,
    "mail.notify_assignee": MAIL,
    "mail.send_queued": MAIL,
    "mail.queue_report": DATABASE_WORK,
    "push.queue_alerts": DATABASE_WORK,
    "push.queue_updates": DATABASE_WORK,
    "push.queue_assignments": DATABASE_WORK,
    "push.send_message": PUSH,
    "photos.process_photo": PHOTOS,
    "reports.build_report": REPORTS,
}


# Above the longest wait of a policy (seconds): a lease that was just renewed, a message on its way.
_MARGIN = 60.0


def longest_waits() -> dict[str, float]:
    """How far ahead (seconds) the due time of a step may lie, by task."""
    return {
        task: max(policy.limit, policy.backoff_cap) + _MARGIN for task, policy in POLICIES.items()
    }


def batch_sizes(settings: Settings) -> dict[str, int]:
    """How many steps a message has at most, by task.

    With an AI, a message has no more steps than a worker asks about at once: the rest would wait
    although another worker may be free.
    """
    sizes = {task: policy.batch for task, policy in POLICIES.items()}
    if settings.openai_api_key or settings.openai_base_url:
        sizes["triage.categorize_request"] = min(TRIAGE.batch, settings.ai_concurrency)
    return sizes
