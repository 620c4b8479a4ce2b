"""Lists that are kept under a name, for oneself or for everybody."""

from collections.abc import Sequence

from sqlalchemy import Row, bindparam, func, literal_column, or_, select
from sqlalchemy.orm import Session

from models.errors import Forbidden, NotFound, TooManyViews
from models.prepared import Prepared
from models.saved_view import SavedView
from models.user import Person, User

# Of one user, shared ones included.
MAX_VIEWS = 30
# Shown beside the list.
MAX_SHOWN = 100

_VIEWS_OF = Prepared.select(
    "views_of",
    select(SavedView.id, SavedView.name, SavedView.query, SavedView.shared, SavedView.user_id)
    .where(or_(SavedView.user_id == bindparam("user_id"), SavedView.shared))
    .order_by(SavedView.name, SavedView.id)
    .limit(literal_column(str(MAX_SHOWN))),
)


def list_views(
    session: Session, user: User | Person
) -> Sequence[Row[tuple[int, str, str, bool, int]]]:
    """The user's own and all shared ones by name: id, name, query, shared, user_id."""
    return _VIEWS_OF.find(session, {"user_id": user.id}).all()


def save_view(
    session: Session, user: User | Person, *, name: str, query: str, shared: bool
) -> SavedView:
    """Keep the list; one of the user's own with the same name becomes this one.

    Raises:
        TooManyViews
    """
    session.execute(select(User.id).where(User.id == user.id).with_for_update())
    own = SavedView.user_id == user.id
    view = session.scalar(select(SavedView).where(own, SavedView.name == name))
    if view is None:
        if (session.scalar(select(func.count()).where(own)) or 0) >= MAX_VIEWS:
            raise TooManyViews(field="name")
        view = SavedView(user_id=user.id, name=name)
        session.add(view)
    view.query, view.shared = query, shared
    session.flush()
    return view


def delete_view(session: Session, view_id: int, user: User | Person) -> None:
    """Raises NotFound, Forbidden: it is somebody else's."""
    view = session.get(SavedView, view_id)
    if view is None:
        raise NotFound
    if view.user_id != user.id:
        raise Forbidden
    session.delete(view)
