"""The naive application: one module that imports all of Haja and all that Haja uses.

``bench.memory`` starts the Procfile's processes from here instead of from their own modules, which
is how an application starts that was written into one module. What the libraries hand out as ready
clients is made here too, at import, as their own first examples do.
"""

import pkgutil
import runpy
import sys
from importlib import import_module
from typing import Any

OWN = ("config", "models", "tasks", "worker", "web", "training")
# What Haja itself imports only inside functions, or in a process of its own.
LATER = (
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
    "sklearn.linear_model",
    "vl_convert",
)
_NO_MODULES = ("models.migrations", "config.gunicorn", "config.flower", "__main__")


def _import_everything() -> None:
    for package in OWN:
        path = import_module(package).__path__
        for found in pkgutil.walk_packages(path, f"{package}."):
            if not any(name in found.name for name in _NO_MODULES):
                import_module(found.name)
    for name in LATER:
        import_module(name)


_import_everything()

s3: Any = import_module("boto3").client("s3", region_name="ap-northeast-2")
ai: Any = import_module("openai").OpenAI(api_key="none")
create_app: Any = import_module("web").create_app


if __name__ == "__main__":
    # ``python -m bench.everything worker beat`` instead of ``python -m worker beat``.
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
