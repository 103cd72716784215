"""Where Inkling listens, and waitress with Inkling's limits.

gunicorn's master imports this module, so it imports no Flask and no NumPy. Of the app it knows only
limits.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import warnings
from typing import Any

from app.config import MAX_BODY_BYTES, MOST_IN_ROOMS, MOST_WAITING, SettingError
from app.lan import host_to_open

MOST_CONNECTIONS = 500  # of a worker; under the 1024 open files that many systems allow
MOST_HEAD_BYTES = 32 * 1024
# The app answers a body over MAX_BODY_BYTES with an error of ours. Past this, waitress answers.
MOST_READ_BYTES = 2 * MAX_BODY_BYTES
# Longer than proxies keep idle connections, so that the proxy closes them first.
SILENCE_S = 95
LOOK_EVERY_S = 5  # between two looks for silent connections
READ_BYTES = 64 * 1024
FREE_THREADS = 4  # for requests that never wait, however many pictures wait


def place(host: str, port: int) -> str:
    """Host and port as they stand in an address: IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check(host: str, port: int) -> None:
    """Raise a SettingError if no server can listen here."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # Windows would then share a port that is in use
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise SettingError(f"HOST {host} is not known here: {error.strerror}.") from error
    except OSError as error:
        raise SettingError(_why(host, port, error)) from error


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"PORT {port} is in use at {host}. Stop the program there, or set another PORT."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST {host} is no address of this machine. 0.0.0.0 stands for all that it has."
    return f"Nobody can listen at HOST {host}, PORT {port}: {error.strerror}."


def say_ready(host: str, port: int) -> None:
    """Print the address, for a person who started Inkling by hand."""
    with contextlib.suppress(OSError):  # a full disk
        print(f"\n  Inkling is ready: http://{place(host_to_open(host), port)}\n", flush=True)


def threads_for(at_work: int) -> int:
    """For pictures at work, pictures that wait for their turn, rooms that wait for their database,
    and requests that never wait."""
    return at_work + MOST_WAITING + MOST_IN_ROOMS + FREE_THREADS


def create_server(wsgi: Any, threads: int, **where: Any) -> Any:
    """A waitress server for this app.

    `listen` or `sockets` says where it listens. `map` is where it keeps its connections.
    """
    import waitress

    # waitress logs a line for each request that waits: in a busy class they would fill the log.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of send_bytes, see below
        return waitress.create_server(
            wsgi,
            threads=threads,
            # By default each answer wakes the loop at once: 40 clients get a fifth of the answers.
            send_bytes=18_000,
            recv_bytes=READ_BYTES,
            max_request_header_size=MOST_HEAD_BYTES,
            max_request_body_size=MOST_READ_BYTES,
            # Bodies and answers stay in memory: a disk may be full, read-only or slow.
            inbuf_overflow=MOST_READ_BYTES + READ_BYTES,
            outbuf_overflow=MOST_READ_BYTES,
            connection_limit=2
            * MOST_CONNECTIONS,  # server/worker.py closes connections before that
            channel_timeout=SILENCE_S,
            cleanup_interval=LOOK_EVERY_S,
            clear_untrusted_proxy_headers=False,  # app/web/clients.py decides which to trust
            asyncore_use_poll=True,
            log_socket_errors=False,  # a fault of the client's network
            ident=None,
            **where,
        )
