"""The process: a server for the sockets, a reader of the stream, a heartbeat, who looks at what.

The server is the one that comes with ``websockets``, and no ASGI server with it inside: half the
memory for a socket that is silent, and what has to be bounded here (heads and their time, frames,
what waits) it bounds itself.
"""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import structlog
from websockets.asyncio.server import Server, serve
from websockets.frames import CloseCode

from config.settings import Settings
from live.admission import Admission
from live.connection import UNSENT_BYTES, Socket
from live.conversation import Conversation
from live.handshake import Handshake, choose_subprotocol
from live.heartbeat import Heartbeat
from live.hub import Hub
from live.presence import Presence
from live.reader import Reader
from live.shared_looks import SharedLooks
from live.slots import Slots
from live.stream import Stream

log = structlog.get_logger()

DATABASE_THREADS = 4  # so many connections, too
MAX_FRAME_BYTES, MAX_FRAMES_WAITING = 4 * 1024, 4
OPEN_SECONDS, CLOSE_SECONDS, STOP_SECONDS = 5.0, 2.0, 4.0
PING_SECONDS = 20.0
BACKLOG = 1024  # everybody comes back at once after a restart


async def run(settings: Settings) -> None:
    """Serve until told to stop.

    Raises:
        OSError: the port is taken.
    """
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(DATABASE_THREADS, "database"))
    stopped = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopped.set)
    slots, hub = Slots(settings.live_max_sockets), Hub()
    reader, heartbeat = Reader(Stream(settings), hub), Heartbeat(hub, slots)
    presence = Presence(hub, SharedLooks(settings))
    # What neither of the two expects ends the process, which its supervisor starts again.
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(reader.run())]
        # Who is let in before would be told to read everything anew for nothing.
        await reader.tried.wait()
        server = await _listen(settings, Conversation(hub, presence), slots)
        log.info("live_started", port=settings.live_port)
        tasks += [group.create_task(heartbeat.run()), group.create_task(presence.run())]
        await stopped.wait()
        await _stop(server)
        reader.stop()
        presence.stop()
        for task in tasks:
            task.cancel()
    log.info("live_stopped")


async def _listen(settings: Settings, conversation: Conversation, slots: Slots) -> Server:
    handshake = Handshake(Admission(settings, slots))
    return await serve(
        conversation.hold,
        None if settings.bind == "::" else settings.bind,  # asyncio's "::" is IPv6 alone
        settings.live_port,
        backlog=BACKLOG,
        create_connection=Socket,
        process_request=handshake.route,
        process_response=handshake.decide,
        select_subprotocol=choose_subprotocol,
        server_header=None,
        # Compressing for each of thousands of sockets costs more memory than all else together.
        compression=None,
        write_limit=UNSENT_BYTES,
        max_size=MAX_FRAME_BYTES,
        max_queue=MAX_FRAMES_WAITING,
        open_timeout=OPEN_SECONDS,
        close_timeout=CLOSE_SECONDS,
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
    )


async def _stop(server: Server) -> None:
    """Pages are told to come back; those that do not answer are left."""
    server.close(code=CloseCode.SERVICE_RESTART)
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await server.wait_closed()
