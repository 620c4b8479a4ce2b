"""The front desk's short way: one prepared statement on a connection that commits by itself.

For what most submissions are: words without photos, written once. Planning the statement costs
about as much as running it, and an ORM session as much again.
"""

from collections.abc import Sequence
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from models.prepared import Prepared
from models.services.intake import Submitted, as_submitted, parameters, writing

# Who waits for another transaction's key does so on a thread of Flask's: here others wait too.
_WRITE = Prepared("text, text[]", writing("$1", "$2", patience="50ms"))


def submit_together(
    connection: Connection, submissions: Sequence[dict[str, Any]]
) -> list[Submitted | None]:
    """Write down what ``values_of`` made of submissions without photos, all or none.

    ``connection`` is in autocommit. None stands for one whose key is taken: ``submit_request``
    looks closer.

    Raises:
        psycopg2.errors.LockNotAvailable: nothing was written; somebody is writing one of the keys.
        psycopg2.OperationalError, psycopg2.InterfaceError: it may or may not have been written.
        psycopg2.Error: nothing was written.
    """
    # Of two with the same reference, which are random, the second is as good as taken.
    distinct = {values["reference"]: values for values in reversed(submissions)}
    # In the order of their keys: two statements at once then wait for each other, never in a ring.
    ordered = sorted(distinct.values(), key=lambda values: values["idempotency_key"] or "")
    values = parameters(ordered)
    written = _WRITE.rows(connection, (values["rows"], values["tasks"]))
    ids = {id(distinct[reference]): new_id for new_id, reference in written}
    return [as_submitted(ids[id(one)], one) if id(one) in ids else None for one in submissions]
