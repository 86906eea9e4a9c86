"""One address leads to a server alone, a Cluster or a Sentinel's master; any other is named."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.sentinel import SentinelConnectionPool

from bot.errors import BadSetting
from bot.store.connect import AT_THE_DOOR, AT_WORK, Limits, client


@pytest.mark.parametrize(
    "url",
    (
        "http://localhost",
        "localhost:6379",
        "redis+sentinel://one:26379,two:26379",
        "redis+sentinel:///mymaster",
        "redis+sentinel://one:port/mymaster",
    ),
    ids=("another scheme", "no scheme", "no master", "no sentinel", "no port"),
)
def test_an_address_that_leads_nowhere_is_named(url: str) -> None:
    with pytest.raises(BadSetting, match="REDIS_URL"):
        client(url)


def test_a_sentinel_s_address_names_hosts_master_login_and_database() -> None:
    one = client("redis+sentinel://ann:se%40cret@one,two:26380/mymaster/3")

    assert isinstance(one, Redis)
    pool = one.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    asked = [each.connection_pool.connection_kwargs for each in pool.sentinel_manager.sentinels]
    assert [(row["host"], row["port"]) for row in asked] == [("one", 26379), ("two", 26380)]
    assert pool.service_name == "mymaster"
    given = pool.connection_kwargs
    assert (given["username"], given["password"], given["db"]) == ("ann", "se@cret", 3)


@pytest.mark.parametrize("limits", (AT_THE_DOOR, AT_WORK), ids=("at the door", "at work"))
async def test_no_client_tries_anything_twice(limits: Limits) -> None:
    cluster = client("redis+cluster://localhost:7000", limits)

    assert isinstance(cluster, RedisCluster)
    assert cluster.retry.get_retries() == 0
    for url in ("redis://localhost", "redis+sentinel://one/mymaster"):
        one = client(url, limits)
        assert isinstance(one, Redis)
        given = one.connection_pool.connection_kwargs
        assert given["retry"].get_retries() == 0
        assert given["socket_timeout"] == limits.answer
