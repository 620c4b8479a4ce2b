"""Renewing leases: which claim is renewed if one process has claimed a step twice."""

from dataclasses import replace

from models.ledger.steps import Claim
from tasks.policies import MAIL
from tasks.steps.leases import LeaseRenewer

OLD = Claim(5, 0, 1, 1, 0, "mail_queued", 1, "")
NEW = replace(OLD, token=2, claims=2)


def _renewed_tokens(lease_renewer: LeaseRenewer) -> list[int]:
    return [one.claim.token for one in lease_renewer._renewed.values()]


def test_the_newest_claim_of_a_step_is_renewed() -> None:
    """A thread that lost its lease may still be running, and removes its claim later."""
    lease_renewer = LeaseRenewer()
    lease_renewer.add([OLD], MAIL)
    lease_renewer.add([NEW], MAIL)
    lease_renewer.add([OLD], MAIL)
    assert _renewed_tokens(lease_renewer) == [2]
    lease_renewer.remove([OLD])
    assert _renewed_tokens(lease_renewer) == [2]
    lease_renewer.remove([NEW])
    assert _renewed_tokens(lease_renewer) == []
