"""The processes made of Celery: ``python -m worker worker -Q mail``, ``... beat``, ``... flower``.

Each takes the options of Celery's own command . ``celery -A worker.app``
does the same for a person at a terminal, but loads all of Celery's commands with their shell and
Flower with its web server into every process: a sixth of a worker's memory.
"""

from importlib import import_module

import click
from celery.bin.base import CLIContext

from worker.app import app
from worker.malloc import limit_malloc_arenas

_COMMANDS = {
    "worker": "celery.bin.worker:worker",
    "beat": "celery.bin.beat:beat",
    "flower": "flower.command:flower",
}


class Processes(click.Group):
    """Loads the one command that is asked for."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        if name != "worker":
            # Beat publishes by name and Flower reads messages: neither needs what the tasks need.
            app.conf.imports = ()
        module, _, attribute = _COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


if __name__ == "__main__":
    limit_malloc_arenas()
    context = CLIContext(app=app, no_color=None, workdir=None, quiet=True)
    Processes().main(prog_name="python -m worker", obj=context)
