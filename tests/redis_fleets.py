"""Several real Redis servers that belong together: a Cluster, and a master with its Sentinels.

Each listens on 127.0.0.1 alone, on a port that was free, and may be killed and started again.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import redis

SLOTS = 16_384
"""Slots of a Cluster (its specification)."""

_NODE_TIMEOUT_MS = 1_000
_DOWN_AFTER_MS = 1_000
_FAILOVER_MS = 5_000
_LONGEST_START = 20.0
_PORTS = range(10_240, 22_000)
"""Below those that a system gives to outgoing connections, also for a Cluster's node, which talks
to the others on its port and 10,000 more."""


class Server:
    """One redis-server process on a port of its own, with what it keeps in a folder."""

    def __init__(self, folder: Path, port: int, *options: str) -> None:
        self._folder = folder
        self.port = port
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it on what it left, and wait until it answers."""
        found = shutil.which("redis-server")
        assert found, "redis-server is not installed: .ci/run installs it"
        self._process = subprocess.Popen(
            [found, *self._options, "--port", str(self.port), "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._answers, f"redis-server on {self.port} did not start")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ask(self, *words: object) -> Any:  # noqa: ANN401 - as the command replies
        """Send one command; return its reply."""
        with contextlib.closing(self._client()) as one:
            return one.execute_command(*map(str, words))  # type: ignore[no-untyped-call]

    def _client(self) -> redis.Redis:
        return redis.Redis(port=self.port, decode_responses=True, socket_timeout=2)

    def _answers(self) -> bool:
        try:
            return bool(self.ask("PING"))
        except redis.exceptions.RedisError:
            return False


def until(holds: Callable[[], bool], otherwise: str, within: float = _LONGEST_START) -> None:
    """Wait until something holds; an error of the test where it does not in time."""
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)


# With everysec a reply may come up to two seconds before what it confirms is written (redis.conf),
# and a kill -9 takes that away.
_KEPT = (
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
    "--save",
    "",
    "--maxmemory-policy",
    "noeviction",
)


class Cluster:
    """Three nodes without replicas, a third of the slots each."""

    def __init__(self, nodes: Sequence[Server]) -> None:
        self.nodes = tuple(nodes)

    @property
    def url(self) -> str:
        """Where to begin to look for it."""
        return f"redis+cluster://127.0.0.1:{self.nodes[0].port}"

    def form(self) -> None:
        """Let the nodes meet, and divide the slots among them."""
        first, *others = self.nodes
        share = -(-SLOTS // len(self.nodes))
        for place, node in enumerate(self.nodes):
            last = min(SLOTS, (place + 1) * share) - 1
            node.ask("CLUSTER", "ADDSLOTSRANGE", place * share, last)
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", place + 1)
        for node in others:
            first.ask("CLUSTER", "MEET", "127.0.0.1", node.port)
        self.wait_until_whole()

    def wait_until_whole(self) -> None:
        """Wait until every node takes the Cluster for whole."""
        until(lambda: all(map(_is_whole, self.nodes)), "the Cluster did not form")

    def is_down(self) -> bool:
        """Whether every node that lives refuses to serve."""
        return not any(map(_is_whole, self.nodes))

    def node_of(self, key: str) -> Server:
        """Return the node that keeps a key."""
        slot = int(self.nodes[0].ask("CLUSTER", "KEYSLOT", key))
        return self.nodes[slot // -(-SLOTS // len(self.nodes))]


def _is_whole(node: Server) -> bool:
    try:
        told = node.ask("CLUSTER", "INFO")
    except redis.exceptions.RedisError:
        return False
    return "cluster_state:ok" in str(told)


@contextlib.contextmanager
def cluster(count: int = 3) -> Iterator[Cluster]:
    """Run a Cluster with empty folders of its own."""
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", str(_NODE_TIMEOUT_MS))
    with TemporaryDirectory(prefix="sf-") as place, ExitStack() as stack:
        nodes = [
            stack.enter_context(Server(Path(place) / str(number), lasting_port(), *_KEPT, *options))
            for number in range(count)
        ]
        made = Cluster(nodes)
        made.form()
        yield made


def lasting_port() -> int:
    """Return a port that is free, and stays so while whoever listens there is started again."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Watched:
    """A master, its replicas, and three Sentinels that watch them under one name."""

    name = "mymaster"

    def __init__(self, servers: Sequence[Server], sentinels: Sequence[Server]) -> None:
        self.servers = tuple(servers)
        self.sentinels = tuple(sentinels)

    @property
    def url(self) -> str:
        """Whom to ask for the master."""
        hosts = ",".join(f"127.0.0.1:{one.port}" for one in self.sentinels)
        return f"redis+sentinel://{hosts}/{self.name}"

    @property
    def master(self) -> Server:
        """Return the server that the first Sentinel calls the master."""
        _, port = self.sentinels[0].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.name)
        return next(one for one in self.servers if one.port == int(port))

    def wait_until_watched(self) -> None:
        """Wait until the replicas follow and each Sentinel knows of them and of the others."""
        until(self._is_watched, "the Sentinels never found each other and the replicas")

    def _is_watched(self) -> bool:
        return all(map(self._knows_all, self.sentinels))

    def _knows_all(self, sentinel: Server) -> bool:
        told = sentinel.ask("SENTINEL", "MASTERS")
        state = next(iter(told.values())) if isinstance(told, dict) else told[0]
        known = (
            state if isinstance(state, dict) else dict(zip(state[::2], state[1::2], strict=True))
        )
        here = int(known["num-slaves"]), int(known["num-other-sentinels"])
        follow = str(self.master.ask("INFO", "replication")).count("online")
        return min(follow, here[0]) >= len(self.servers) - 1 and here[1] >= len(self.sentinels) - 1


@contextlib.contextmanager
def watched(replicas: int = 2) -> Iterator[Watched]:
    """Run a master with replicas and three Sentinels, in empty folders of their own.

    With two replicas one is left after a failover, so that a write can still be confirmed.
    """
    with TemporaryDirectory(prefix="sf-") as place, ExitStack() as stack:
        folder = Path(place)
        master = stack.enter_context(Server(folder / "master", lasting_port(), *_KEPT))
        follows = ("--replicaof", "127.0.0.1", str(master.port))
        following = [
            stack.enter_context(Server(folder / f"replica-{one}", lasting_port(), *_KEPT, *follows))
            for one in range(replicas)
        ]
        sentinels = [
            stack.enter_context(_sentinel(folder / f"sentinel-{number}", master.port))
            for number in range(3)
        ]
        made = Watched((master, *following), sentinels)
        made.wait_until_watched()
        yield made


def _sentinel(folder: Path, master: int) -> Server:
    folder.mkdir(parents=True)
    file = folder / "sentinel.conf"
    name = Watched.name
    lines = (
        f"sentinel monitor {name} 127.0.0.1 {master} 2",
        f"sentinel down-after-milliseconds {name} {_DOWN_AFTER_MS}",
        f"sentinel failover-timeout {name} {_FAILOVER_MS}",
    )
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return Server(folder, lasting_port(), str(file), "--sentinel")
