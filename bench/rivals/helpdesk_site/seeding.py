"""``python -m bench.rivals.helpdesk_site.seeding``: the tables, and a queue open to the public.

The package's own migrations bring its mails' texts with them.
"""

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    from helpdesk.models import Queue

    Queue.objects.create(title="Building", slug="building", allow_public_submission=True)


if __name__ == "__main__":
    main()
