"""How the test mail server misbehaves: a rule per phase of a conversation."""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

# The order of a conversation. "dot" is the reply to the end of the message.
PHASES = ("connect", "ehlo", "auth", "mail", "rcpt", "data", "body", "dot", "quit")


@dataclass(slots=True)
class Rule:
    """``action`` is a reply line ("451 4.3.0 later") or one of five words:

    ``slow`` (the usual reply, half a second late), ``hang`` (say nothing until the client leaves),
    ``drop`` (close the line), and at the dot ``accept_hang`` and ``accept_drop`` (keep and log the
    message, then say nothing).
    ``chance`` is a probability; ``times`` counts down, None means always; ``only`` is a text that the
    client's command must have, such as a part of a recipient's address.
    """

    action: str
    chance: float = 1.0
    times: int | None = None
    only: str = ""


class Rules:
    """The rules in force; a control file, if there is one, is read again when it changes."""

    def __init__(self, control: Path | None = None, seed: int | None = None) -> None:
        self._control = control
        self._stamp: tuple[int, int] | None = None
        self._random = random.Random(seed)
        self._lock = Lock()
        self._rules: dict[str, Rule] = {}

    def set(self, **rules: str | Rule) -> None:
        """Replace all rules: ``set(rcpt="451 later", dot=Rule("drop", times=1))``."""
        unknown = set(rules) - set(PHASES)
        if unknown:
            raise ValueError(f"no such phases: {unknown}")
        made = {name: Rule(rule) if isinstance(rule, str) else rule for name, rule in rules.items()}
        with self._lock:
            self._rules = made

    def action(self, phase: str, command: str = "") -> str | None:
        """What to do in ``phase`` instead of the usual, or None; ``command`` is the client's."""
        self._reread()
        with self._lock:
            rule = self._rules.get(phase)
            if rule is None or rule.only not in command:
                return None
            if rule.times == 0 or self._random.random() >= rule.chance:
                return None
            if rule.times is not None:
                rule.times -= 1
            return rule.action

    def _reread(self) -> None:
        """Write the control file beside and rename it over, so that no half of it is read."""
        if self._control is None or not self._control.exists():
            return
        found = self._control.stat()
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        wanted: dict[str, Any] = json.loads(self._control.read_text() or "{}")
        self.set(**{k: Rule(**v) if isinstance(v, dict) else v for k, v in wanted.items()})
