"""Teams and rules as forms send them and the API shows them."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, RootModel

from models.words import Category, Language
from web.schemas import Incoming, ShortText

_Category = Annotated[Category | None, BeforeValidator(lambda value: value or None)]
_Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class TeamIn(Incoming):
    """One of the names may be empty. ``address`` is a mailbox that all news of the team's work goes
    to beside its members, in ``language``."""

    name_ko: ShortText = ""
    name_en: ShortText = ""
    address: ShortText = ""
    language: Language = Language.KOREAN


class RuleIn(Incoming):
    """An empty category is any, an empty place everywhere."""

    category: _Category = None
    place: ShortText = ""
    team: _Id


class MemberOut(BaseModel):
    """``name`` is empty where the user has no display name."""

    id: int
    username: str
    name: str
    active: bool


class TeamOut(BaseModel):
    """``name`` is what ``assignee`` says of a request of the team: the Korean name, or the English one
    where there is no other. ``assignee`` is taken by either name, or by ``team:ID``."""

    id: int
    name: str
    name_ko: str
    name_en: str
    address: str
    language: Language
    active: bool
    members: list[MemberOut]


class TeamsOut(RootModel[list[TeamOut]]):
    """Closed ones at the end."""
