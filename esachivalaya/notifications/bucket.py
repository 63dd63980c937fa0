"""One token bucket of segments for all workers, in Redis and on Redis's clock.

What the account allows is filled in evenly; a little may be saved up. Appeals leave a part of it
untouched and transactional messages a smaller one, so that a code is never behind either. Without
Redis each process holds itself to a careful limit of its own, and appeals wait.
"""

import logging
import os
import threading
import time
from collections.abc import Sequence
from functools import cache

import redis
from django.conf import settings

from esachivalaya.notifications.models import MessageClass

logger = logging.getLogger(__name__)

KEY = "messages:segments:{gateway}"
# Seconds of the rate that may be saved up, and the least that a long message needs.
SAVED_SECONDS = 0.5
LEAST_SAVED = 12.0
# The part of the bucket that a lane leaves for the lanes before it.
RESERVE = {MessageClass.CODE: 0.0, MessageClass.TRANSACTIONAL: 0.2, MessageClass.APPEAL: 0.4}
# After Redis failed, nobody waits for it again for so long.
REST_SECONDS = 5.0
PATIENCE_SECONDS = 0.5

# Grants as many of the costs, in their order, as there are tokens for, and returns how many and
# the milliseconds after which the next may be asked for. An empty bucket (after a flush) fills up.
TAKE = """
local rate, size, reserve = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or 0, tonumber(kept[2]) or now
tokens = math.min(size, tokens + math.max(0, now - at) * rate)
local granted, wait = 0, 0
for place = 4, #ARGV do
    local cost = tonumber(ARGV[place])
    local needed = reserve + math.min(cost, size - reserve)
    if tokens + 0.000001 < needed then
        wait = math.ceil((needed - tokens) / rate * 1000)
        break
    end
    tokens = tokens - cost
    granted = granted + 1
end
redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now)
redis.call('EXPIRE', KEYS[1], 3600)
return {granted, wait}
"""


class NoBucket(Exception):
    """Redis does not answer."""


class Bucket:
    """The bucket of one gateway, as one process sees it."""

    def __init__(self, gateway: str) -> None:
        self._key = KEY.format(gateway=gateway)
        self._rests_until = 0.0
        self._own = OwnLimit()

    def take(self, lane: MessageClass, costs: Sequence[int]) -> tuple[int, float]:
        """Return how many of ``costs``, from the first, may go now, and seconds until the next."""
        rate = settings.MESSAGE_SEGMENTS_PER_SECOND
        if not rate or not costs:
            return len(costs), 0.0
        try:
            return self._from_redis(lane, costs, rate)
        except NoBucket:
            if lane == MessageClass.APPEAL:
                return 0, REST_SECONDS
            return self._own.take(costs, settings.MESSAGE_LOCAL_SEGMENTS_PER_SECOND)

    def _from_redis(
        self, lane: MessageClass, costs: Sequence[int], rate: float
    ) -> tuple[int, float]:
        if time.monotonic() < self._rests_until:
            raise NoBucket
        size = max(rate * SAVED_SECONDS, LEAST_SAVED)
        link = _redis(settings.REDIS_URL, os.getpid())
        try:
            answer = link.eval(TAKE, 1, self._key, rate, size, size * RESERVE[lane], *costs)
        except (redis.RedisError, OSError) as problem:
            self._rests_until = time.monotonic() + REST_SECONDS
            logger.warning(
                "The shared limit cannot be asked (%s): appeals wait, the rest goes slowly.",
                type(problem).__name__,
            )
            raise NoBucket from problem
        granted, wait = answer
        return int(granted), int(wait) / 1000


class OwnLimit:
    """A careful limit of one process, for the time that it is alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens = 1.0
        self._at = time.monotonic()

    def take(self, costs: Sequence[int], rate: float) -> tuple[int, float]:
        """As :meth:`Bucket.take`; at most one second's worth is saved up."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(max(rate, 1.0), self._tokens + (now - self._at) * rate)
            self._at = now
            granted = 0
            for cost in costs:
                if self._tokens < min(cost, max(rate, 1.0)):
                    return granted, (min(cost, max(rate, 1.0)) - self._tokens) / rate
                self._tokens -= cost
                granted += 1
            return granted, 0.0


@cache
def _redis(url: str, _pid: int) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS
    )


@cache
def bucket_of(gateway: str) -> Bucket:
    """Return this process's view of the bucket of ``gateway``."""
    return Bucket(gateway)
