"""The invariants after a storm, checked in the database, the mail server and the photo storage."""

from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import psycopg2
from PIL import Image

from tests.faults.clients import ClientLog
from tests.faults.stack import BUCKET, OPERATORS, StormStack


@dataclass
class Verdict:
    """``broken`` names each invariant that does not hold, with what was found."""

    numbers: dict[str, int] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def hold(self, name: str, holds: bool, found: object = "") -> None:
        if not holds:
            self.broken[name] = str(found)[:500]


def judge(stack: StormStack, client_log: ClientLog, *, cuts: int) -> Verdict:
    """Check all invariants. ``cuts`` is how many hand-overs of a mail were interrupted: no more steps
    may be ``unknown``."""
    verdict = Verdict()
    connection = stack.connect()
    try:
        with connection.cursor() as cursor:
            _judge_requests(cursor, client_log, verdict)
            _judge_steps(cursor, verdict, cuts)
            _judge_mails(cursor, stack, client_log, verdict)
            _judge_statistics(cursor, verdict)
            _judge_photos(cursor, stack, client_log, verdict)
            _judge_triage(cursor, verdict)
    finally:
        connection.close()
    verdict.numbers["unclear answers"] = client_log.unclear
    verdict.hold("no call was refused", not client_log.refused, client_log.refused[:3])
    return verdict


def _rows(cursor: "psycopg2.extensions.cursor", query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    return list(cursor.fetchall())


def _judge_requests(
    cursor: "psycopg2.extensions.cursor", client_log: ClientLog, verdict: Verdict
) -> None:
    rows = _rows(
        cursor, "SELECT id, regexp_replace(idempotency_key, '.*:', '') FROM maintenance_requests"
    )
    by_key = Counter(key for _, key in rows)
    ids = {key: row_id for row_id, key in rows}
    lost = [key for key, row_id in client_log.accepted.items() if ids.get(key) != row_id]
    verdict.numbers |= {
        "accepted": len(client_log.accepted),
        "stored": len(rows),
        "lost": len(lost),
    }
    verdict.hold("nothing accepted is lost", not lost, lost[:3])
    verdict.hold("one request per key", max(by_key.values(), default=1) == 1, by_key.most_common(2))
    verdict.hold("nothing stored that nobody sent", set(by_key) <= client_log.begun)
    wrong = [
        (row_id, status)
        for row_id, status in _rows(cursor, "SELECT id, status FROM maintenance_requests")
        if row_id in client_log.patched and client_log.patched[row_id] != status
    ]
    verdict.hold("every confirmed change stands", not wrong, wrong[:3])


def _judge_steps(cursor: "psycopg2.extensions.cursor", verdict: Verdict, cuts: int) -> None:
    states = dict(_rows(cursor, "SELECT state, count(*) FROM steps GROUP BY 1"))
    unknown = states.get("unknown", 0)
    verdict.numbers |= {"steps": sum(states.values()), "unknown": unknown, "cuts": cuts}
    others = {state: n for state, n in states.items() if state not in ("done", "unknown")}
    examples = _rows(
        cursor,
        "SELECT run_id, position, task, state, claims, failures, last_error FROM steps "
        "WHERE state NOT IN ('done', 'unknown') LIMIT 3",
    )
    verdict.hold("every step ended well", not others, f"{others} {examples}")
    verdict.hold("no more unknown than cuts", unknown <= cuts, f"{unknown} > {cuts}")
    odd = _rows(
        cursor,
        "SELECT DISTINCT task FROM steps WHERE state = 'unknown' AND task NOT LIKE 'mail.%'",
    )
    verdict.hold("only mails are unknown", not odd, odd)


def _judge_mails(
    cursor: "psycopg2.extensions.cursor", stack: StormStack, client_log: ClientLog, verdict: Verdict
) -> None:
    accepted = Counter(mail.message_id for mail in stack.smtp.accepted)
    doubled = [message_id for message_id, n in accepted.items() if n > 1]
    rows = _rows(cursor, "SELECT message_id, state, kind, request_id FROM mails")
    known = {message_id for message_id, *_ in rows}
    missing = [m for m, state, *_ in rows if state == "sent" and m not in accepted]
    unsent = [m for m, state, *_ in rows if state not in ("sent", "unknown")]
    receipts = Counter(request_id for _, _, kind, request_id in rows if kind == "receipt")
    wanted = {
        client_log.accepted[key] for key in client_log.with_mail if key in client_log.accepted
    }
    verdict.numbers |= {"mails": sum(accepted.values()), "doubled mails": len(doubled)}
    verdict.hold("no mail is doubled", not doubled, doubled[:3])
    verdict.hold("no mail is missing", not missing and not unsent, (missing[:3], unsent[:3]))
    verdict.hold("no mail nobody wrote", set(accepted) <= known)
    verdict.hold(
        "one receipt each", wanted <= set(receipts) and max(receipts.values(), default=1) == 1
    )
    updates = Counter(request_id for _, _, kind, request_id in rows if kind == "update")
    verdict.hold("one update each", max(updates.values(), default=1) == 1, updates.most_common(2))
    wrong = _rows(
        cursor,
        f"""SELECT r.id, count(m.id), count(DISTINCT m.recipient)
           FROM maintenance_requests r LEFT JOIN mails m ON m.request_id = r.id AND kind = 'notice'
           GROUP BY r.id
           HAVING (count(m.id), count(DISTINCT m.recipient)) <> ({len(OPERATORS)}, {len(OPERATORS)})
           LIMIT 3""",
    )
    verdict.hold("one notice to each operator", not wrong, wrong)


def _judge_statistics(cursor: "psycopg2.extensions.cursor", verdict: Verdict) -> None:
    for dimension in ("category", "priority", "status"):
        plain = dict(
            _rows(cursor, f"SELECT {dimension}, count(*) FROM maintenance_requests GROUP BY 1")
        )
        stored = dict(
            _rows(
                cursor,
                f"""SELECT name, sum(n)::bigint FROM (
                    SELECT name, n FROM statistic_counts WHERE dimension = '{dimension}'
                    UNION ALL SELECT {dimension}, n FROM statistic_deltas) AS parts
                    GROUP BY 1 HAVING sum(n) <> 0""",
            )
        )
        verdict.hold(f"statistics by {dimension} are right", plain == stored, (plain, stored))


def _judge_photos(
    cursor: "psycopg2.extensions.cursor", stack: StormStack, client_log: ClientLog, verdict: Verdict
) -> None:
    rows = _rows(cursor, "SELECT id, request_id, state, renditions FROM photos")
    owners = Counter(request_id for _, request_id, *_ in rows)
    wanted = {
        client_log.accepted[k]: n for k, n in client_log.photos.items() if k in client_log.accepted
    }
    verdict.numbers["photos"] = len(rows)
    verdict.hold("every photo is there once", all(owners[r] == n for r, n in wanted.items()))
    client = stack.s3_client()
    for photo_id, _, state, renditions in rows:
        verdict.hold("every photo is ready", state == "ready", (photo_id, state))
        for formats in renditions.values():
            for key in formats.values():
                content = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
                Image.open(BytesIO(content)).load()


def _judge_triage(cursor: "psycopg2.extensions.cursor", verdict: Verdict) -> None:
    twice = _rows(
        cursor,
        """SELECT request_id, degraded, count(*) FROM triage_results
           GROUP BY 1, 2 HAVING count(*) > 1 LIMIT 3""",
    )
    verdict.hold("triaged once, and refined once", not twice, twice)
    pending = _rows(cursor, "SELECT count(*) FROM maintenance_requests WHERE category = 'pending'")
    verdict.hold("all are triaged", pending == [(0,)], pending)
    timeline = _rows(
        cursor,
        """SELECT request_id, event, count(*) FROM timeline_entries
           WHERE event IN ('request_submitted', 'request_categorized', 'request_refined',
                           'receipt_sent')
           GROUP BY 1, 2 HAVING count(*) > 1 LIMIT 3""",
    )
    verdict.hold("no timeline has an entry twice", not timeline, timeline)
