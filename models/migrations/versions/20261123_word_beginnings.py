"""Search knows where each word begins and ends, also in Korean and after a hyphen"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None

_BATCH = 4_000
_READ = sa.text("""
    SELECT s.request_id, s.plain, concat_ws(' | ',
        r.reference, nullif(r.location, ''), nullif(r.description, ''),
        nullif(r.requester_name, ''), nullif(r.contact_info, '')) AS written
    FROM search_texts s JOIN maintenance_requests r ON r.id = s.request_id
    WHERE s.request_id > :after ORDER BY s.request_id LIMIT :batch
""")
_WRITE = sa.text("""
    UPDATE search_texts s SET jamo = new.jamo
    FROM unnest(CAST(:ids AS bigint[]), CAST(:jamo AS text[])) AS new (id, jamo)
    WHERE s.request_id = new.id
""")
# As models/services/search.py wrote it when this came, said once more so that it stays true.
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_LATER_WORD = re.compile(
    r"(?:(?<=[가-힣]) (?=[가-힣0-9])|(?<=[0-9]) (?=[가-힣])|(?<=[^\w\s]|_)(?=[^\W_]))(?=(\S+))"
)


def upgrade() -> None:
    _rewrite(with_beginnings=True)


def downgrade() -> None:
    _rewrite(with_beginnings=False)


def _rewrite(*, with_beginnings: bool) -> None:
    """In short transactions, so that no worker waits long; harmless to repeat after a break."""
    with op.get_context().autocommit_block():
        connection, after = op.get_bind(), 0
        while rows := connection.execute(_READ, {"after": after, "batch": _BATCH}).all():
            jamo = [
                _with_beginnings(row.plain, row.written) if with_beginnings else f" {row.plain}"
                for row in rows
            ]
            taken_apart = [unicodedata.normalize("NFD", text) for text in jamo]
            connection.execute(_WRITE, {"ids": [row[0] for row in rows], "jamo": taken_apart})
            after = rows[-1].request_id


def _with_beginnings(plain: str, written: str) -> str:
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", written)).casefold()
    spaced = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", folded)).strip()
    return f" | {plain} | {' '.join(_LATER_WORD.findall(spaced))} "
