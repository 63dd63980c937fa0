"""Counting tries per network address and in all, so that guessing and flooding get slow.

Counted in Redis for all web servers together; when that is away, in this process, so that a dead
Redis neither stops people nor opens the door. What must hold exactly (five tries per PIN, ten
requests a day from a number, codes) is counted in the database.
"""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError

from esachivalaya.accounts.client_address import address_of, digest_of_address

# What: (how many, in how many seconds), for one address.
LIMITS = {
    # Each costs a slow hash, also for a name that nobody has. A whole office stands behind one
    # address; whose browser is known does not count (lockout.py).
    "password": (100, 15 * 60),
    "track": (30, 15 * 60),
    "help_desk": (60, 15 * 60),
    "papers": (60, 60 * 60),
    "agenda": (120, 15 * 60),
    # A code on an issued letter; whoever guesses has 60 bits before them.
    "verify": (60, 15 * 60),
    # Per operator: all counters of a district may share one address.
    "kendra_help": (30, 15 * 60),
    # Words that nobody searched for a moment ago. A whole office stands behind one address.
    "search": (240, 10 * 60),
    "feedback": (20, 60 * 60),
    # Requests from own phones: a mobile network shows many people under one address.
    "booking": (120, 60 * 60),
    # Per household, wherever it is.
    "own_papers": (60, 60 * 60),
}
# The same for everybody together: far above the busiest hour, and an end to what a machine can do.
TOTALS = {
    "password": (10_000, 15 * 60),
    "track": (20_000, 15 * 60),
    "papers": (20_000, 60 * 60),
    "own_papers": (150_000, 60 * 60),
    "search": (100_000, 10 * 60),
    "booking": (200_000, 60 * 60),
}
ALL = "all"
_here = FixedWindowRateLimiter(MemoryStorage())


def allowed(request: HttpRequest, what: str) -> bool:
    """Count one try of ``what`` from this address and say whether it is within the limits."""
    return allowed_to(digest_of_address(address_of(request))[:32], what)


def allowed_to(who: str, what: str) -> bool:
    """Count one try of ``what`` by ``who``, as it may stand in the cache, and judge it so.

    What is over its own limit does not count for all: nobody alone uses up what is everybody's.
    """
    if not _hit(LIMITS[what], what, who):
        return False
    return what not in TOTALS or _hit(TOTALS[what], what, ALL)


def _hit(limit: tuple[int, int], what: str, who: str) -> bool:
    item: RateLimitItem = RateLimitItemPerSecond(limit[0], limit[1], namespace="tries")
    try:
        return _shared(str(settings.CACHES["default"]["LOCATION"])).hit(item, what, who)
    except (RedisError, OSError):
        return _here.hit(item, what, who)


@lru_cache(maxsize=4)
def _shared(address: str) -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(RedisStorage(address, socket_connect_timeout=1, socket_timeout=1))
