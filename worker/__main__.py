"""Celery's processes: ``python -m worker worker -Q mail``, ``... beat``, ``... flower``.

Each takes the options of Celery's own command. ``celery -A worker.app`` does the same, but loads all
of Celery's commands, and Flower with its web server, into every process: a sixth of a worker's
memory.
"""

from importlib import import_module

import click
from celery.bin.base import CLIContext

from config.settings import start_settings
from worker.app import app
from worker.malloc import limit_malloc_arenas

_COMMANDS = {
    "worker": "celery.bin.worker:worker",
    "beat": "celery.bin.beat:beat",
    "flower": "flower.command:flower",
}


class Processes(click.Group):
    """Loads only the command that is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        if name != "worker":
            # Beat publishes tasks by name and Flower reads messages: neither imports the tasks.
            app.conf.imports = ()
        module, _, attribute = _COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


if __name__ == "__main__":
    start_settings()
    limit_malloc_arenas()
    context = CLIContext(app=app, no_color=None, workdir=None, quiet=True)
    Processes().main(prog_name="python -m worker", obj=context)
