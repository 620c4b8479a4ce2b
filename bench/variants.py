"""Haja's processes in another way: ``python -m bench.variants KIND MODULE ARGUMENT...``.

``instant``: with an AI and a mail server that answer at once, so that Haja's own work is left.
``everything``: with all of Haja and all that it uses imported, as in an application of one module.
"""

import pkgutil
import runpy
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from models import wiring
from models.ports import OutgoingMail, Triage, TriageText

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

ANSWER = Triage("plumbing", "medium", 0.9, "Water is named.", "en", "instant")
_OWN = ("config", "models", "tasks", "worker", "web")
# What Haja itself imports only inside functions, or in a process of its own.
_LATER = (
    "PIL.Image",
    "alembic",
    "boto3",
    "flask_migrate",
    "openai",
    "opentelemetry.instrumentation.celery",
    "opentelemetry.instrumentation.flask",
    "pillow_heif",
    "sentry_sdk.integrations.celery",
    "sentry_sdk.integrations.flask",
    "vl_convert",
)


class InstantEngine:
    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        """The same answer for all."""
        return [ANSWER] * len(texts)


class InstantSender:
    def send(self, mail: OutgoingMail, *, before_handover: Callable[[], None]) -> None:  # noqa: ARG002 - the port's
        """Asks before it takes the message, as every sender has to."""
        before_handover()

    def check(self) -> None:
        """It is always there."""


def answer_at_once() -> None:
    engine, sender = InstantEngine(), InstantSender()
    wiring.triage_engine = lambda: engine  # type: ignore[assignment]  # it is a cached one
    wiring.mail_sender = lambda: sender  # type: ignore[assignment]  # as well


def import_everything() -> None:
    """And make the clients that the libraries' first examples make."""
    for package in _OWN:
        for found in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            if (
                not found.name.endswith(("__main__", "config.flower"))
                and ".migrations" not in found.name
            ):
                import_module(found.name)
    for name in _LATER:
        import_module(name)
    import_module("boto3").client("s3", region_name="ap-northeast-2")
    import_module("openai").OpenAI(api_key="none")


def web() -> "WSGIApplication":
    """The web with everything imported."""
    import_everything()
    application: WSGIApplication = import_module("web.wsgi").application()
    return application


if __name__ == "__main__":
    {"instant": answer_at_once, "everything": import_everything}[sys.argv[1]]()
    del sys.argv[:2]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
