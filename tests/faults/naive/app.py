"""The Celery application and its tasks, with the settings that tutorials recommend as safe."""

import os
import smtplib
from email.message import EmailMessage

from celery import Celery, chain

from tests.faults.naive.tables import ask

app = Celery("naive", broker=os.environ["REDIS_URL"], set_as_current=False)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    # Retries would hang the web in each outage. Without them, a call takes two seconds then.
    task_publish_retry=False,
    broker_transport_options={"socket_timeout": 2, "socket_connect_timeout": 1, "max_retries": 1},
    task_routes={"naive.categorize": "triage", "naive.count": "stats", "naive.receipt": "mail"},
)


@app.task(  # type: ignore[untyped-decorator]
    name="naive.categorize", autoretry_for=(Exception,), retry_backoff=1
)
def categorize(request_id: int) -> None:
    ask(
        "UPDATE naive_requests SET category = CASE WHEN description LIKE '%%물%%'"
        " THEN 'plumbing' ELSE 'other' END WHERE id = %s",
        request_id,
    )


@app.task(  # type: ignore[untyped-decorator]
    name="naive.count", autoretry_for=(Exception,), retry_backoff=1
)
def count(request_id: int) -> None:
    ask(
        "INSERT INTO naive_counts SELECT category, 1 FROM naive_requests WHERE id = %s"
        " ON CONFLICT (category) DO UPDATE SET n = naive_counts.n + 1",
        request_id,
    )


@app.task(  # type: ignore[untyped-decorator]
    name="naive.receipt", autoretry_for=(Exception,), retry_backoff=1
)
def receipt(request_id: int) -> None:
    found = ask("SELECT contact FROM naive_requests WHERE id = %s", request_id)
    if not found or not found[0]:
        return
    mail = EmailMessage()
    mail["To"], mail["From"], mail["Subject"] = str(found[0]), "haja@localhost", "We have it"
    with smtplib.SMTP("127.0.0.1", int(os.environ["MAIL_PORT"]), timeout=5) as server:
        server.send_message(mail)


def publish(request_id: int) -> None:
    chain(categorize.si(request_id), count.si(request_id), receipt.si(request_id)).apply_async()
