"""Commands of the learning loop: ``flask --app web:create_app triage ...``."""

from datetime import datetime, timedelta
from pathlib import Path

import click
from flask.cli import AppGroup

from config.settings import get_settings
from models import wiring
from models.base import now
from models.errors import NotFound
from models.learning import TrainingResult
from models.ports import PermanentError, TransientError
from models.queries.labels import list_answered, list_labels
from models.services import triage_models
from models.services.triage_models import PACKAGED
from web.cli.progress import ProgressLine
from web.http.database import transaction

triage_group = AppGroup("triage", help="How right triage is, and learning from people's words.")
MIN_EXAMPLES = 10  # OpenAI starts no fine-tuning with fewer


class _complaining:  # noqa: N801 - reads as a word in the with statement
    """What a port or a service refuses becomes one line."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, (PermanentError, TransientError, NotFound)):
            raise click.ClickException(str(error)) from error


@triage_group.command("evaluate")
@click.option("--version", default="", help="A kept version, or “packaged”; else the active one.")
@click.option("--live", is_flag=True, help="The answers that were given, against people's words.")
@click.option("--days", default=84, show_default=True, help="With --live: requests this young.")
def evaluate(version: str, live: bool, days: int) -> None:
    """Accuracy by class and language, urgent found, false alarms, calibration error."""
    with _complaining():
        if live:
            _evaluate_live(now() - timedelta(days=days))
            return
        name, content = _model(version)
        click.echo(f"model {name}, on the test set")
        for line in wiring.triage_trainer().evaluate(content).lines:
            click.echo(line)


def _evaluate_live(since: datetime) -> None:
    with transaction() as session:
        answers = list(list_answered(session, since=since))
    if not answers:
        raise click.ClickException("nobody has confirmed, corrected or completed a request yet")
    click.echo(f"{len(answers)} answers of triage, against what people made of them")
    for line in wiring.triage_trainer().evaluate_answers(answers).lines:
        click.echo(line)


def _model(version: str) -> tuple[str, bytes | None]:
    """Name and content of a version; without one, of what workers use (None: the packaged one)."""
    with transaction() as session:
        if version == PACKAGED:
            return PACKAGED, None
        if version:
            found = triage_models.find_version(session, version)
        else:
            active = triage_models.find_active(session)
            if active is None or active.features != wiring.triage_trainer().features():
                return PACKAGED, None
            found = active
        return found.version, triage_models.read_content(session, found.id)


@triage_group.command("retrain")
@click.option("--dry-run", is_flag=True, help="Train and judge; keep nothing.")
def retrain(dry_run: bool) -> None:
    """Train on the project's text and people's labels; takes some minutes.

    A model that is worse than the present one on the test set is refused.
    """
    with _complaining():
        name, present = _model("")
        with transaction() as session:
            labels = list_labels(session)
        version = f"{now():%Y.%m.%d-%H%M%S}"
        click.echo(f"training on the project's text and {len(labels)} labels ...")
        result = wiring.triage_trainer().train(labels, present, version=version)
    _show(result, against=name)
    if result.losses:
        worse = "\n".join(f"  {loss}" for loss in result.losses)
        raise click.ClickException(f"refused, the new model is worse than {name}:\n{worse}")
    if dry_run:
        click.echo("nothing was kept (--dry-run)")
        return
    with transaction() as session:
        triage_models.record_model(session, result)
        triage_models.activate_model(session, result.version)
    click.echo(f"{result.version}: active; workers take it within some seconds")


def _show(result: TrainingResult, *, against: str) -> None:
    for line in result.after.lines:
        click.echo(line)
    for language, score in result.after.scores.items():
        was = result.before.scores[language]
        click.echo(
            f"{language}: accuracy {was['accuracy']:.1%} -> {score['accuracy']:.1%}, urgent found "
            f"{was['urgent_recall']:.1%} -> {score['urgent_recall']:.1%} (was: {against})"
        )


@triage_group.command("models")
def list_models() -> None:
    """Kept versions, the newest first."""
    ours = wiring.triage_trainer().features()
    with transaction() as session:
        kept = triage_models.list_models(session)
    for model in kept:
        outdated = "" if model.features == ours else "  outdated: retrain"
        state = "  active" if model.active else ""
        scores = ", ".join(
            f"{language} {score['accuracy']:.1%}"
            for language, score in sorted(model.scores["after"].items())
        )
        click.echo(
            f"{model.version}  {model.created_at:%Y-%m-%d %H:%M}  {model.examples} labels  "
            f"{scores}{state}{outdated}"
        )
    if not any(model.active and model.features == ours for model in kept):
        click.echo(f"{PACKAGED}  in use: the model that came with the code")


@triage_group.command("activate")
@click.argument("version")
def activate(version: str) -> None:
    """Let workers use VERSION from now on; “packaged” is the model that came with the code."""
    with _complaining(), transaction() as session:
        triage_models.activate_model(session, version)
    click.echo(f"{version}: active; workers take it within some seconds")


@triage_group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write labelled requests as OpenAI fine-tuning JSONL, without contact data.

    What looks like an e-mail address, a telephone number or the requester's name is replaced.
    Read the file before you give it away: people write what no rule expects.
    """
    with transaction() as session:
        labels = list_labels(session)
    if not labels:
        raise click.ClickException("nobody has confirmed or corrected a request yet")
    with file.open("w", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in wiring.fine_tuning().lines(labels))
    click.echo(f"{file}: {len(labels)} conversations")
    if len(labels) < MIN_EXAMPLES:
        click.echo(f"fine-tuning wants at least {MIN_EXAMPLES}")


@triage_group.command("fine-tune")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--model", default="", help="The model to start from, as its server calls it.")
@click.option("--job", default="", help="Follow a job that was started before.")
@click.option("--no-wait", is_flag=True, help="Start it and leave.")
@click.option("--every", default=5.0, show_default=True, help="Seconds between two looks.")
def fine_tune(file: Path | None, model: str, job: str, no_wait: bool, every: float) -> None:
    """Upload FILE to the server of OPENAI_BASE_URL, train, and follow until it ends."""
    settings = get_settings()
    if not (settings.openai_api_key or settings.openai_base_url):
        raise click.ClickException("OPENAI_API_KEY or OPENAI_BASE_URL is not set")
    with _complaining():
        if not job:
            if file is None or not model:
                raise click.UsageError("name a FILE and a --model, or a --job to follow")
            job = wiring.fine_tuning().start(file.read_bytes(), name=file.name, model=model)
            click.echo(f"job {job}")
        if no_wait:
            click.echo(f"follow it with: flask triage fine-tune --job {job}")
            return
        _follow(job, every)


def _follow(job: str, every: float) -> None:
    with ProgressLine() as line:
        try:
            for progress in wiring.fine_tuning().follow(job, every=every):
                line.show(progress)
        except KeyboardInterrupt:
            raise click.ClickException(
                f"left; the job goes on: flask triage fine-tune --job {job}"
            ) from None
    if progress.status != "succeeded":
        raise click.ClickException(f"job {job} {progress.status}: {progress.error or 'no reason'}")
    click.echo(f"done: {progress.model}")
    click.echo(f"use it with OPENAI_MODEL={progress.model} and a restart of the triage worker")
