"""The demo's course: submit each request, follow all of them, give up honestly."""

import secrets
import time
from collections.abc import Sequence

from launcher.demo_client import NO_ANSWER, Client
from launcher.demo_examples import EXAMPLES, Example
from launcher.demo_progress import Progress
from launcher.demo_ride import Ride
from launcher.demo_scenes import draw_scene

LIMIT = 120.0  # seconds without end after which we give up
ASK_EVERY = 0.4
TRIES = 5  # of a submission that nobody answered


class DemoError(Exception):
    """The demo cannot go on; the message is for people."""


class Demo:
    """Submits ``examples`` and follows them. Times are in seconds."""

    def __init__(
        self, client: Client, examples: Sequence[Example] = EXAMPLES, *, limit: float = LIMIT
    ) -> None:
        self._client = client
        self._limit = limit
        self._looked_at = 0.0
        mark = secrets.token_hex(6)
        self.rides = [Ride(example, f"demo-{mark}-{n}") for n, example in enumerate(examples)]

    def run(self) -> None:
        """Return when every request is through.

        Raises:
            DemoError: a submission was refused, a step ended badly, or the time ran out.
        """
        dead_before = self._dead_steps()
        with Progress(self.rides) as progress:
            for seed, ride in enumerate(self.rides):
                self._submit(ride, seed, progress)
                self._look()
                progress.show()
            self._follow(progress, dead_before)

    def _submit(self, ride: Ride, seed: int, progress: Progress) -> None:
        """With its key, so that a repeated call makes nothing twice."""
        example = ride.example
        fields = {
            "description": example.description,
            "location": example.location,
            "requester_name": example.name,
            "contact_info": example.contact,
            "language": example.language,
        }
        photos = [draw_scene(scene, seed) for scene in example.scenes]
        give_up, silences = time.monotonic() + self._limit, 0
        while True:
            answer = self._client.submit(fields, photos, key=ride.key)
            if answer.status == 201:
                ride.shown = answer.body
                return
            silences += answer.status == NO_ANSWER
            patience = silences < TRIES and answer.status in (NO_ANSWER, 429, 503)
            if not patience or time.monotonic() + answer.retry_after > give_up:
                detail = (answer.body or {}).get("detail", "")
                raise DemoError(f"a request was not accepted: {answer.status or ''} {detail}")
            self._wait(answer.retry_after, progress)

    def _wait(self, seconds: float, progress: Progress) -> None:
        """The service asks for a pause; what is on its way goes on meanwhile."""
        until = time.monotonic() + seconds
        while (rest := until - time.monotonic()) > 0:
            self._look()
            progress.show(f"{rest:.0f}초 기다리는 중 · asked to wait {rest:.0f} s")
            time.sleep(min(ASK_EVERY, rest))

    def _follow(self, progress: Progress, dead_before: int) -> None:
        give_up = time.monotonic() + self._limit
        while True:
            self._look()
            progress.show()
            open_rides = [ride for ride in self.rides if not ride.through]
            if not open_rides:
                return
            if all(ride.trouble for ride in open_rides):
                raise DemoError(_account(open_rides))
            if time.monotonic() > give_up:
                dead = self._dead_steps() - dead_before
                raise DemoError(
                    f"not through after {self._limit:.0f} s{_deaths(dead)}\n{_account(open_rides)}"
                )
            time.sleep(ASK_EVERY)

    def _look(self) -> None:
        """Now and then see how the open ones stand; who gets no answer asks in the next turn."""
        if time.monotonic() - self._looked_at < ASK_EVERY:
            return
        for ride in self.rides:
            if ride.accepted and not ride.through:
                answer = self._client.get(ride.path)
                if answer.status == 429:
                    time.sleep(answer.retry_after)
                if answer.status == 200:
                    ride.shown = answer.body
        self._looked_at = time.monotonic()

    def _dead_steps(self) -> int:
        answer = self._client.get("/readyz")
        parts = answer.body.get("parts", {}) if isinstance(answer.body, dict) else {}
        return int(parts.get("work", {}).get("dead", 0))


def _account(rides: Sequence[Ride]) -> str:
    return "\n".join(
        f"  {ride.shown.get('reference', ride.key)}: {ride.trouble or f'waits for {ride.waiting_for}'}"
        for ride in rides
    )


def _deaths(count: int) -> str:
    return f"; meanwhile {count} steps went dead (see docs/operations.md)" if count > 0 else ""
