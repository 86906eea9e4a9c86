"""Tells whether a Redis may be trusted with what people say: it answers, and evicts nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from redis.asyncio.cluster import RedisCluster

from bot.errors import StoreUnreachable
from bot.store.connect import Store, reached, settled

EVICTS = "Redis throws conversations away when it is full"
_KEEPS = "noeviction"
_LOOK_SECONDS = 1.0
"""Between two looks for replicas: our choice; so long what a lost one had to confirm is refused."""


async def answers(store: Store) -> bool:
    """Whether Redis answers now."""
    try:
        async with reached():
            await settled(store.ping())
    except StoreUnreachable:
        return False
    return True


async def what_is_unsafe(store: Store) -> tuple[str, ...]:
    """Return what about a server puts kept things at risk, a sentence each.

    A server that does not tell its settings, as some hosted ones, is taken to be fine.
    """
    found: dict[str, None] = {}
    for given in await _settings(store):
        if given.get("maxmemory-policy", _KEEPS) != _KEEPS:
            found[f"{EVICTS}: set maxmemory-policy to {_KEEPS}."] = None
        if given.get("appendonly", "yes") != "yes":
            found["Redis keeps nothing when it is restarted: set appendonly to yes."] = None
    return tuple(found)


async def _settings(store: Store) -> tuple[Mapping[str, str], ...]:
    """Return the settings of the server, of each one that takes writes in a Cluster."""
    names = ("maxmemory-policy", "appendonly")
    try:
        async with reached():
            if not isinstance(store, RedisCluster):
                return (await settled(store.config_get(*names)),)
            every: Any = RedisCluster.PRIMARIES
            told = await settled(store.config_get(*names, target_nodes=every))
    except StoreUnreachable:
        return ()
    # One node's answer comes as it is, those of several by their names.
    each = tuple(told.values())
    return each if all(isinstance(one, Mapping) for one in each) else (told,)


async def is_fit(store: Store) -> bool:
    """Whether a server answers, and throws nothing away that was kept."""
    if not await answers(store):
        return False
    return not any(line.startswith(EVICTS) for line in await what_is_unsafe(store))


class Followers:
    """Knows how many replicas follow the server, and asks for the word of each of them.

    Of all of them, for a Sentinel may choose any: it compares what they told of themselves seconds
    before. Where there was one, it never does with none: who was cut off from the replicas would
    then acknowledge what the one made master never had. A node of a Cluster guards itself:
    min-replicas-to-write.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wanted = 0

    def wanted(self) -> int:
        """Return how many replicas must have what we acknowledge."""
        return self._wanted

    async def look(self) -> None:
        """Ask the server how many follow it. Raises StoreUnreachable."""
        if not isinstance(self._store, RedisCluster):
            async with reached():
                told = await settled(self._store.info("replication"))
            self._wanted = max(min(1, self._wanted), sum(map(_is_online, told.values())))

    async def keep_looking(self) -> None:
        """Ask again and again: a replica may come or go, or take over."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            with contextlib.suppress(StoreUnreachable):
                await self.look()


def _is_online(told: object) -> bool:
    """Whether this row of INFO is a replica that confirms: one that still copies does not."""
    return isinstance(told, Mapping) and told.get("state") == "online"
