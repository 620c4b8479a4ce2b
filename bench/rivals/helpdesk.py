"""A site of django-helpdesk as its installation guide describes it, set up as for production.

``python -m bench.rivals.helpdesk`` makes its tables and a queue open to the public; Granian calls
``application``. The form is at ``/tickets/submit/``.
"""

import os
from typing import Any
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

_database = urlsplit(os.environ["DATABASE_URL"])
_MIDDLEWARE = (
    "middleware.security.SecurityMiddleware",
    "contrib.sessions.middleware.SessionMiddleware",
    "middleware.common.CommonMiddleware",
    "middleware.csrf.CsrfViewMiddleware",
    "contrib.auth.middleware.AuthenticationMiddleware",
    "contrib.messages.middleware.MessageMiddleware",
    "middleware.clickjacking.XFrameOptionsMiddleware",
)
_APPS = (
    "admin",
    "auth",
    "contenttypes",
    "sessions",
    "messages",
    "staticfiles",
    "sites",
    "humanize",
)
_CONTEXT = (
    "template.context_processors.request",
    "contrib.auth.context_processors.auth",
    "contrib.messages.context_processors.messages",
)
if not settings.configured:
    settings.configure(
        SECRET_KEY=os.environ["SECRET_KEY"],
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="bench.rivals.helpdesk",
        SITE_ID=1,
        STATIC_URL="static/",
        TIME_ZONE="Asia/Seoul",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[
            *(f"django.contrib.{name}" for name in _APPS),
            *("rest_framework", "django_cleanup.apps.CleanupConfig", "helpdesk"),
        ],
        MIDDLEWARE=[f"django.{name}" for name in _MIDDLEWARE],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": [f"django.{name}" for name in _CONTEXT]},
            }
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": _database.path.lstrip("/"),
                "USER": _database.username,
                "PASSWORD": unquote(_database.password or ""),
                "HOST": _database.hostname,
                "PORT": _database.port,
                "CONN_MAX_AGE": 600,  # Django's own default connects anew for each request
            }
        },
        # It mails within the request; only its own work shall count, no server's delay.
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        HELPDESK_TEAMS_MODE_ENABLED=False,  # they need one more package
    )
    django.setup()

from django.contrib import admin  # noqa: E402 - needs the settings
from django.urls import include, path  # noqa: E402

urlpatterns = [path("admin/", admin.site.urls), path("", include("helpdesk.urls"))]


def application() -> Any:
    return get_wsgi_application()


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    from helpdesk.models import Queue

    Queue.objects.create(title="Building", slug="building", allow_public_submission=True)
