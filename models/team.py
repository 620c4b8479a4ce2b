"""Teams that work is assigned to, and who belongs to them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, now, one_of
from models.words import Language


class Team(Numbered):
    """A name in Korean, in English, or in both. ``address`` is a mailbox of its own, for who has no
    account here, such as a contractor, and ``language`` that of mails to it. A team that is not
    ``active`` keeps its work and gets no more."""

    __tablename__ = "teams"
    __table_args__ = (
        one_of("language", Language),
        CheckConstraint("name_ko <> '' OR name_en <> ''", name="has_a_name"),
    )

    name_ko: Mapped[str] = mapped_column(default="", server_default="")
    name_en: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str] = mapped_column(default=Language.KOREAN, server_default="ko")
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}

    def called(self, language: str) -> str:
        """Its name in this language, or the only one it has."""
        both = (self.name_ko, self.name_en)
        return next(filter(None, both if language == Language.KOREAN else both[::-1]))

    @property
    def name(self) -> str:
        """What it is called where no language is said, as in the API."""
        return self.called(Language.KOREAN)


class TeamMember(Base):
    __tablename__ = "team_members"

    team_id: Mapped[int] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
