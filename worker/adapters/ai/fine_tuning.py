"""Training a language model at a server with OpenAI's fine-tuning API."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from config.settings import Settings
from models.folding import fold
from models.learning import Label, Progress
from models.ports import PermanentError, TransientError, TriageText
from models.services.masking import mask
from worker.adapters.ai.current_model import packaged
from worker.adapters.ai.features import see
from worker.adapters.ai.language import language_of
from worker.adapters.ai.prompt import messages_for
from worker.adapters.ai.reasons import reason_for
from worker.adapters.ai.reply import one_line

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent

SUFFIX = "haja"
CONFIDENCE = 0.95  # for labels of people; not 1, because people make mistakes too
PATIENCE = 600.0  # seconds of outage after which following gives up; the job itself goes on
ENDED = frozenset({"succeeded", "failed", "cancelled"})
_TIMEOUT = 120.0  # an upload is megabytes
T = TypeVar("T")


class OpenAIFineTuning:
    """A ``models.learning.FineTuning``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: OpenAI | None = None

    def lines(self, labels: Sequence[Label]) -> Iterator[str]:
        """See :class:`models.learning.FineTuning`; the prompt is the one that triage sends."""
        for label in labels:
            yield json.dumps({"messages": _conversation(label)}, ensure_ascii=False)

    def start(self, content: bytes, *, name: str, model: str) -> str:
        client = self._client
        file = _sorted(
            lambda: client.files.create(file=(name, content), purpose="fine-tune"), "uploading"
        )
        job = _sorted(
            lambda: client.fine_tuning.jobs.create(
                training_file=file.id, model=model, suffix=SUFFIX
            ),
            "starting the job",
        )
        return job.id

    def follow(self, job: str, *, every: float) -> Iterator[Progress]:
        told: set[str] = set()
        silent_since: float | None = None
        while True:
            try:
                progress = self._look(job, told)
            except TransientError as error:
                silent_since = silent_since or time.monotonic()
                if time.monotonic() - silent_since > PATIENCE:
                    raise
                yield Progress(status="unreachable", news=(str(error),))
            else:
                silent_since = None
                yield progress
                if progress.ended:
                    return
            time.sleep(every)

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _look(self, job: str, told: set[str]) -> Progress:
        jobs = self._client.fine_tuning.jobs
        # In this order: an event may tell of an end that the job did not have yet, not the reverse.
        found = _sorted(lambda: jobs.retrieve(job), "asking for the job")
        events = _sorted(lambda: jobs.list_events(job, limit=100).data, "asking for its events")
        fresh = [event for event in reversed(events) if event.id not in told]
        told.update(event.id for event in events)
        return _progress(found, fresh, _share(events))

    @property
    def _client(self) -> "OpenAI":
        if self._opened is None:
            from openai import OpenAI

            self._opened = OpenAI(
                api_key=self._settings.openai_api_key or "none",
                base_url=self._settings.openai_base_url or None,
                timeout=_TIMEOUT,
                max_retries=0,  # a job that was started twice costs twice
            )
        return self._opened


def _conversation(label: Label) -> list[dict[str, str]]:
    description = mask(label.text.description, label.names)
    text = TriageText(description, mask(label.text.location, label.names), label.text.language)
    folded = fold(description)
    language = language_of(folded, text.language)
    answer = {
        "category": label.category,
        "priority": label.priority,
        "confidence": CONFIDENCE,
        "reason": _reason(folded, label, language),
        "language": language,
    }
    return [
        *messages_for(text, language),
        {"role": "assistant", "content": json.dumps(answer, ensure_ascii=False)},
    ]


def _reason(folded: str, label: Label, language: str) -> str:
    model, lexicon = packaged()
    return reason_for(
        see(folded, lexicon),
        model,
        category=label.category,
        priority=label.priority,
        language=language,
    )


def _progress(
    job: "FineTuningJob", events: "list[FineTuningJobEvent]", share: float | None
) -> Progress:
    return Progress(
        status=job.status,
        news=tuple(one_line(event.message) for event in events if event.type != "metrics"),
        share=1.0 if job.status == "succeeded" else share,
        ended=job.status in ENDED,
        model=job.fine_tuned_model or "",
        error=one_line((job.error.message if job.error else "") or ""),
    )


def _share(events: "list[FineTuningJobEvent]") -> float | None:
    """How much is done, from the newest event that has it; the events are newest first."""
    for event in events:
        data: Any = event.data
        if isinstance(data, dict) and data.get("total_steps"):
            return min(1.0, float(data.get("step", 0)) / float(data["total_steps"]))
    return None


def _sorted(call: Callable[[], T], what: str) -> T:
    """The call's answer; its errors become ``TransientError`` or ``PermanentError``."""
    import openai

    try:
        return call()
    except openai.APIConnectionError as error:
        raise TransientError(f"{what}: no answer") from error
    except (openai.RateLimitError, openai.InternalServerError) as error:
        raise TransientError(f"{what}: the server answered {error.status_code}") from error
    except openai.APIStatusError as error:
        raise PermanentError(f"{what}: {error.status_code} {one_line(error.message)}") from error
    except (openai.OpenAIError, ValueError, TypeError, AttributeError, LookupError) as error:
        raise PermanentError(f"{what}: no such API here ({type(error).__name__})") from error
