"""Delivering one message to one browser.

As with mails, the phase ``handing_over`` is committed before anything of the message is sent, and a
message in that phase is never sent again by itself.
"""

from functools import partial

import structlog

from models import wiring
from models.database import transaction
from models.errors import LostLease
from models.ledger import leases
from models.ledger.leases import HANDING_OVER
from models.ledger.run import StepState
from models.ledger.steps import Claim
from models.ports import AmbiguousError, PermanentError, SubscriptionGone
from models.services import push_messages, push_subscriptions
from tasks.policies import PUSH
from tasks.steps.endings import note_ending
from tasks.steps.runner import Outcome

log = structlog.get_logger()


def deliver_push(claim: Claim) -> Outcome:
    """Send the claim's message, and say how that ended.

    A refusal ends the step: no person could do anything about it.

    Raises:
        TransientError: it is to be tried again.
        LostLease: the claim was lost; nothing was sent.
    """
    with transaction() as session:
        push = push_messages.write_push(session, claim.subject_id)
    if push is None:
        return Outcome()
    try:
        wiring.push_sender().send(push.outgoing, before_handover=partial(_enter, claim))
    except SubscriptionGone:
        log.info("push_subscription_ended", subscription_id=push.subscription_id)
        return Outcome(record=partial(push_subscriptions.end_endpoint, key=push.endpoint_key))
    except PermanentError as error:
        log.warning("push_refused", subscription_id=push.subscription_id, reason=str(error))
        ended = partial(push_subscriptions.record_refusal, subscription_id=push.subscription_id)
        return Outcome(record=ended)
    except AmbiguousError as error:
        note_ending(claim.run_id, StepState.UNKNOWN, str(error))
        return Outcome(StepState.UNKNOWN, error=str(error))
    return Outcome(record=partial(push_messages.record_sent, push=push))


def _enter(claim: Claim) -> None:
    """Commit that the message is about to be sent.

    Raises:
        LostLease: the claim was lost; the message must not be sent.
    """
    with transaction() as session:
        if not leases.enter_phase(session, [claim], HANDING_OVER, lease=PUSH.lease):
            raise LostLease
