"""Beat as the Procfile starts it, with no broker at all."""

import os
import subprocess
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from launcher.procfile import read_procfile
from launcher.server import free_port
from models.heartbeat import Heartbeat
from models.period import Period
from models.report import Report
from models.services.schedule import KINDS
from tests.conftest import ROOT, Servers
from tests.waiting import wait_for


def test_it_starts_what_is_due_once_without_a_broker(
    servers: Servers, committed: Callable[[], Session]
) -> None:
    """The broker is away for ever; two run; and PostgreSQL restarts under them."""
    with committed() as session, session.begin():
        session.add(Period(kind="daily_report", period="2026-01-01"))
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    beats = [
        subprocess.Popen(
            ["/bin/sh", "-c", f"exec {read_procfile(ROOT / 'Procfile')['beat']}"],
            cwd=ROOT,
            env={**os.environ, "REDIS_URL": nowhere},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]
    try:
        with committed() as session:
            periods = select(Period.kind).distinct()
            wait_for(lambda: set(session.scalars(periods)) == set(KINDS), "each kind has a period")
            assert len(session.scalars(select(Report)).all()) == 1
            session.rollback()
        servers.postgres.restart()
        with committed() as session, session.begin():
            session.query(Heartbeat).delete()
        with committed() as session:
            sign = select(Heartbeat).where(Heartbeat.part == "beat")
            wait_for(lambda: session.scalars(sign).first(), "beat is there again")
            assert len(session.scalars(select(Report)).all()) == 1
        assert [beat.poll() for beat in beats] == [None, None]
    finally:
        for beat in beats:
            beat.terminate()
        for beat in beats:
            beat.wait(30)
