"""A file that is imported into a running stack goes through the rooms, and mails nobody unasked."""

import json
import shlex
from pathlib import Path
from uuid import uuid4

from tests.e2e.house import House
from tests.waiting import wait_for


def _bring_in(house: House, file: Path, *options: str) -> str:
    words = ["flask", "--app", "web:create_app", "import", "requests", str(file), *options]
    return house.stack.run(shlex.join(words))


def _write(file: Path, address: str, count: int) -> Path:
    lines = (
        {"id": f"{address}-{n}", "description": "화장실에서 물이 새요", "contact_info": address}
        for n in range(count)
    )
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def _through(house: House, address: str) -> bool:
    """Everything that follows from this address's requests is done, and all are sorted."""
    found = house.sql(
        """
        SELECT bool_and(r.category <> 'pending' AND r.priority <> 'pending'), count(*) FILTER (
            WHERE EXISTS (SELECT 1 FROM runs JOIN steps s ON s.run_id = runs.id
                          WHERE runs.subject_id = r.id AND s.state <> 'done'
                            AND runs.event IN ('request_imported', 'receipt_due')))
        FROM maintenance_requests r WHERE r.contact_email = %s
        """,
        address,
    )
    return found == [(True, 0)]


def test_imported_requests_are_sorted_and_nobody_is_mailed(house: House, tmp_path: Path) -> None:
    address = f"{uuid4().hex[:12]}@example.org"
    file = _write(tmp_path / "old.jsonl", address, 60)
    wait_for(lambda: not house.unfinished(), "what other tests sent is through", seconds=120)
    before = len(house.smtp.accepted)
    assert "60 new" in _bring_in(house, file)
    assert "60 there before" in _bring_in(house, file)
    wait_for(lambda: _through(house, address), "all are sorted", seconds=120)
    rows = house.operator.get(f"/api/requests?limit=100&q={address}").json
    assert len(rows) == 60
    assert {row["category"] for row in rows} == {"plumbing"}
    assert len(house.smtp.accepted) == before


def test_receipts_go_out_when_asked(house: House, tmp_path: Path) -> None:
    address = f"{uuid4().hex[:12]}@example.org"
    _bring_in(house, _write(tmp_path / "open.jsonl", address, 2), "--send-mail")
    wait_for(lambda: _through(house, address), "all is done", seconds=120)
    assert len(house.mails_to(address)) == 2
