"""One of the demo's requests on its way, as the API shows it to who holds its link."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from launcher.demo_examples import Example

# Timeline events that end the receipt's step without a receipt, and what they mean.
_NO_RECEIPT = {
    "receipt_refused": "the mail server refused the receipt",
    "receipt_unknown": "nobody can know whether the receipt was sent",
}


@dataclass(slots=True)
class Ride:
    """``shown`` is the request as it was last seen, empty until it was accepted."""

    example: Example
    key: str
    shown: dict[str, Any] = field(default_factory=dict)

    @property
    def milestones(self) -> int:
        """How many things have to happen: accepted, categorized, receipt, each photo."""
        return 3 + len(self.example.scenes)

    @property
    def passed(self) -> int:
        """How many of them have happened."""
        return sum((self.accepted, self.categorized, self.has_receipt, self.photos_ready))

    @property
    def accepted(self) -> bool:
        return bool(self.shown)

    @property
    def categorized(self) -> bool:
        return self.accepted and "pending" not in (self.shown["category"], self.shown["priority"])

    @property
    def has_receipt(self) -> bool:
        return "receipt_sent" in self._events

    @property
    def photos_ready(self) -> int:
        return sum(photo["state"] == "ready" for photo in self.shown.get("photos", ()))

    @property
    def through(self) -> bool:
        return self.passed >= self.milestones

    @property
    def trouble(self) -> str:
        """What has ended otherwise than it should, or nothing."""
        for event, meaning in _NO_RECEIPT.items():
            if event in self._events:
                return meaning
        rejected = [p for p in self.shown.get("photos", ()) if p["state"] == "rejected"]
        return "a photo was rejected" if rejected else ""

    @property
    def waiting_for(self) -> str:
        """The steps that have not happened yet, for people."""
        missing = [
            name
            for name, there in (
                ("acceptance", self.accepted),
                ("triage", self.categorized),
                ("the receipt", self.has_receipt),
                ("its photos", self.photos_ready >= len(self.example.scenes)),
            )
            if not there
        ]
        return ", ".join(missing)

    @property
    def seconds(self) -> float:
        """From the acceptance to the last thing that happened, by the service's own clock."""
        moments = [datetime.fromisoformat(entry["created_at"]) for entry in self._timeline]
        if self.example.scenes:  # a finished photo has no entry of its own
            moments.append(datetime.fromisoformat(self.shown["updated_at"]))
        return (max(moments) - datetime.fromisoformat(self.shown["created_at"])).total_seconds()

    @property
    def path(self) -> str:
        """Where the API tells about it, with the token of its link as the right to ask."""
        token = parse_qs(urlsplit(self.shown["status_url"]).query)["token"][0]
        return f"/api/requests/{self.shown['id']}?token={token}"

    @property
    def _timeline(self) -> list[dict[str, Any]]:
        return list(self.shown.get("timeline", ()))

    @property
    def _events(self) -> set[str]:
        return {str(entry["event"]) for entry in self._timeline}
