"""Encrypted connections to a server that has none itself."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import trustme


@contextmanager
def encrypt(port: int, certificate: trustme.LeafCert) -> Iterator[int]:
    """The port on which the server at ``port`` of this machine is reached by TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=_accept, args=(listener, context, port), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):  # the listener is closed
        while True:
            raw, _ = listener.accept()
            Thread(target=_serve, args=(raw, context, port), daemon=True).start()


def _serve(raw: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError), raw:  # clients that do not trust us end the handshake
        with (
            context.wrap_socket(raw, server_side=True) as caller,
            socket.create_connection(("127.0.0.1", port)) as server,
        ):
            Thread(target=_pump, args=(server, caller), daemon=True).start()
            _pump(caller, server)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
