"""Tells whether a Redis may be trusted with what people say: it answers, and evicts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redis.asyncio.cluster import RedisCluster

from bot.errors import StoreUnreachable
from bot.store.connect import Store, reached, settled

EVICTS = "Redis throws conversations away when it is full"
_KEEPS = "noeviction"


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


async def replicas_of(store: Store) -> int:
    """Return how many replicas follow the server; none for a Cluster, which guards itself.

    A node of a Cluster refuses writes without a replica where min-replicas-to-write says so.
    """
    if isinstance(store, RedisCluster):
        return 0
    async with reached():
        told = await settled(store.info("replication"))
    return int(told.get("connected_slaves", 0))
