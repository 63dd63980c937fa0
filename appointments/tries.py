"""Counting tries per network address, so that guessing and flooding get slow.

Counted in the cache; when that is away, in this process, so that a dead Redis neither stops people
nor opens the door. What must hold exactly (five tries per PIN) is counted in the database.
"""

import threading
import time
from collections import OrderedDict

from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from esachivalaya.accounts.client_address import address_of, digest_of_address

# What: (how many, in how many seconds).
LIMITS = {
    "track": (30, 15 * 60),
    "help_desk": (60, 15 * 60),
    "papers": (60, 60 * 60),
    "agenda": (120, 15 * 60),
    # A code on an issued letter; whoever guesses has 60 bits before them.
    "verify": (60, 15 * 60),
    # Per operator: all counters of a district may share one address.
    "kendra_help": (30, 15 * 60),
}
_MOST_REMEMBERED = 10_000
_lock = threading.Lock()
_counted: OrderedDict[str, tuple[int, float]] = OrderedDict()


def allowed(request: HttpRequest, what: str) -> bool:
    """Count one try of ``what`` from this address and say whether it is within the limit."""
    return allowed_to(digest_of_address(address_of(request))[:32], what)


def allowed_to(who: str, what: str) -> bool:
    """Count one try of ``what`` by ``who``, as it may stand in the cache, and judge it so."""
    most, seconds = LIMITS[what]
    key = f"tries:{what}:{who}"
    try:
        cache.add(key, 0, timeout=seconds)
        return int(cache.incr(key)) <= most
    except (RedisError, OSError):
        return _counted_here(key, seconds) <= most
    except ValueError:
        # The entry ran out between the two steps: a new time begins with this try.
        return True


def _counted_here(key: str, seconds: int) -> int:
    with _lock:
        moment = time.monotonic()
        count, until = _counted.pop(key, (0, moment + seconds))
        if until <= moment:
            count, until = 0, moment + seconds
        _counted[key] = (count + 1, until)
        while len(_counted) > _MOST_REMEMBERED:
            _counted.popitem(last=False)
        return count + 1
