"""A local inbox, where mails arrive while no mail server is set: ``python -m launcher.inbox``.

Each mail becomes ``HAJA_DATA_DIR/inbox/<time>-<random>.eml``, whole or not at all.
"""

import asyncio
import os
import secrets
import signal
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

MOST_BYTES = 50 * 1024 * 1024


class InboxHandler:
    """Answers 250 only after the mail is on the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name is aiosmtpd's
        content = envelope.original_content or b""
        recipients = "".join(f"Delivered-To: {address}\r\n" for address in envelope.rcpt_tos)
        keep_mail(self.folder, recipients.encode() + content)
        return "250 kept"


def keep_mail(folder: Path, content: bytes) -> Path:
    """Write one mail so that a reader of the folder never sees half of it; returns its path."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.eml"
    draft = folder / f".{name}.new"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / name)
    _sync_folder(folder)
    return folder / name


def _sync_folder(folder: Path) -> None:
    """The name itself must be on the disk before we say 250."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def serve(folder: Path, port: int) -> None:
    """Take mails on loopback until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, done.set)
    handler = InboxHandler(folder)
    server = await loop.create_server(
        lambda: SMTP(handler, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, ident="Haja inbox"),
        "127.0.0.1",
        port,
    )
    async with server:
        print(f"takes mails on 127.0.0.1:{port} into {folder}", flush=True)
        await done.wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(os.environ["HAJA_DATA_DIR"], "inbox"), int(os.environ["MAIL_PORT"])))
