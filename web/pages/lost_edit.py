"""What an operator had chosen in the form of changes, beside what others have made of it since.

The form carries what it showed (``seen_status`` ...), so that a refused form comes back with what
this operator has changed in it, and with the present values of all else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.maintenance_request import MaintenanceRequest
from models.words import LABELS
from web.pages.pieces import next_statuses

# What a person may overwrite that another has just changed; a reply alone overwrites nothing.
CHANGEABLE = ("status", "category", "priority", "assignee")
# Who asked: a form of its own, which overwrites what was changed in it alone.
CORRECTABLE = ("contact_info", "requester_name")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: as the form showed it, as this operator chose it (``mine``), and as it is now.
    ``actor`` is who changed it last, if anybody did since the request came."""

    field: str
    seen: str
    mine: str
    theirs: str
    actor: str

    @property
    def is_mine(self) -> bool:
        return self.mine != self.seen

    @property
    def is_theirs(self) -> bool:
        return self.theirs != self.seen


def changed_fields(form: Mapping[str, str]) -> list[str]:
    """The fields that the operator has changed; all of them, if the form does not say what it
    showed."""
    return [name for name in CHANGEABLE if name in form and form[name] != form.get(f"seen_{name}")]


def chosen_values(request: MaintenanceRequest, form: Mapping[str, str]) -> dict[str, str]:
    """What the form is to show: the operator's own choice, where it is still one."""
    own = {name: form[name] for name in changed_fields(form)}
    return {
        name: own[name] if _can_be(request, name, own.get(name)) else str(getattr(request, name))
        for name in CHANGEABLE
    }


def _can_be(request: MaintenanceRequest, name: str, value: str | None) -> bool:
    if value is None:
        return False
    if name == "status":
        return value in next_statuses(request.status)
    return name == "assignee" or value in LABELS[name]


def differences(request: MaintenanceRequest, form: Mapping[str, str]) -> Sequence[Difference]:
    """The fields that this operator or somebody else has changed since the form was made."""
    found = [
        Difference(
            name,
            form.get(f"seen_{name}", ""),
            form[name],
            str(getattr(request, name)),
            _last_actor(request, name),
        )
        for name in CHANGEABLE
        if name in form
        and _is_said(name, form[name])
        and _is_said(name, form.get(f"seen_{name}", ""))
    ]
    return [one for one in found if one.is_mine or one.is_theirs]


def _is_said(name: str, value: str) -> bool:
    """Whether the value has a name: the form may say anything."""
    return name == "assignee" or value in LABELS[name]


def _last_actor(request: MaintenanceRequest, name: str) -> str:
    of_field = [entry.actor for entry in request.timeline if entry.event == f"{name}_changed"]
    return of_field[-1] if of_field else ""
