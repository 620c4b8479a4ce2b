"""Port to adapter, by name: the one place that says which implementation a deployment gets.

Adapters are named by dotted path and imported on first use, so that no process loads a library
(openai, boto3, Pillow) that it never calls, and so that no layer imports the one above it.
"""

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from config.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.learning import FineTuning, TriageTrainer
    from models.ports import (
        Cache,
        LiveChannel,
        MailSender,
        PhotoStorage,
        ProcessedPicture,
        PushSender,
        TriageEngine,
    )


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


@lru_cache(maxsize=1)
def triage_engine() -> "TriageEngine":
    """The AI when a key or an address is set, always with the embedded classifier behind it."""
    settings = get_settings()
    name = "with_fallback" if settings.openai_api_key or settings.openai_base_url else "embedded"
    engine: TriageEngine = _load(f"worker.adapters.ai.engines:{name}")(settings)
    return engine


def triage_trainer() -> "TriageTrainer":
    """Trains and judges the embedded classifier; training wants scikit-learn (extra ``train``)."""
    trainer: TriageTrainer = _load("training.trainer:Trainer")()
    return trainer


def fine_tuning() -> "FineTuning":
    """Trains a language model at the AI of the settings."""
    tuning: FineTuning = _load("worker.adapters.ai.fine_tuning:OpenAIFineTuning")(get_settings())
    return tuning


@lru_cache(maxsize=1)
def mail_sender() -> "MailSender":
    sender: MailSender = _load("worker.adapters.mail.smtp:SmtpSender")(get_settings())
    return sender


@lru_cache(maxsize=1)
def push_sender() -> "PushSender":
    sender: PushSender = _load("worker.adapters.push.web_push:WebPushSender")(get_settings())
    return sender


@lru_cache(maxsize=1)
def photo_storage() -> "PhotoStorage":
    settings = get_settings()
    path = "s3:S3Storage" if settings.s3_bucket else "folder:FolderStorage"
    storage: PhotoStorage = _load(f"worker.adapters.storage.{path}")(settings)
    return storage


@lru_cache(maxsize=1)
def live_channel() -> "LiveChannel":
    channel: LiveChannel = _load("worker.adapters.realtime.redis_channel:RedisChannel")(
        get_settings()
    )
    return channel


@lru_cache(maxsize=1)
def cache() -> "Cache":
    """What may be forgotten: Redis holds it for all processes."""
    kept: Cache = _load("worker.adapters.cache.redis_cache:RedisCache")(get_settings())
    return kept


def picture_processor() -> "Callable[[bytes], ProcessedPicture]":
    """Opens hostile bytes in a process of its own and returns clean renditions."""
    processor: Callable[[bytes], ProcessedPicture] = _load(
        "worker.adapters.imaging.process:process_picture"
    )
    return processor


def chart_renderer() -> "Callable[[str], bytes]":
    """From an SVG file to a PNG."""
    renderer: Callable[[str], bytes] = _load("worker.adapters.charts:render_png")
    return renderer


def document_renderer() -> "Callable[[str], bytes]":
    """From an SVG file to a PDF of one page."""
    renderer: Callable[[str], bytes] = _load("worker.adapters.charts:render_pdf")
    return renderer


@lru_cache(maxsize=1)
def pipelines() -> "dict[str, tuple[str, ...]]":
    """Event name to the tasks of its chain; see ``tasks/pipelines.py``."""
    table: dict[str, tuple[str, ...]] = _load("tasks.pipelines:PIPELINES")
    return table
