"""What codes may cost in a day: having the portal send them for gain (OTP pumping) has an end.

Counted in the database, so that it holds when Redis is down. Codes of a counter do not count: its
operators have a limit of their own, and no stranger may stop the counters of 6,000 villages. Of the
rest a third is kept for browsers in which the number signed in before: no stranger may stop those.
"""

import threading
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from esachivalaya.accounts.models import SignInCode
from esachivalaya.accounts.services.refusals import TooMany
from esachivalaya.common.clock import ClockTimestamp

DAY = timedelta(days=1)
# Of all codes of an hour and of a day, strangers come to so many in this.
FOR_STRANGERS, IN_ALL = 2, 3
# Far from the limit, a process counts anew only so often; near to it, for each code.
COUNTED_EVERY_SECONDS = 10.0
NEAR = 0.9
_WORDS = _("So many codes were sent today that no more are sent for now.")


def most_of(limit: int, *, known: bool) -> int:
    """Return at how many codes of ``limit``, whoever asked for them, the next one is refused.

    Two thirds to a stranger; all when the number is ``known`` in the browser that asks.
    """
    return limit if known else max(1, limit * FOR_STRANGERS // IN_ALL)


def sent_in_a_day() -> int:
    """Return how many codes anybody had sent in the last 24 hours, those of counters apart."""
    lately = SignInCode.objects.filter(made_at__gt=ClockTimestamp() - DAY)
    return lately.exclude(purpose=SignInCode.Purpose.COUNTER).count()


class Count:
    """How many were sent in a day, as this process last counted them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent, self._until = 0, 0.0

    def sent(self, limit: int) -> int:
        with self._lock:
            if time.monotonic() < self._until and self._sent < limit * NEAR:
                return self._sent
        sent = sent_in_a_day()
        with self._lock:
            self._sent, self._until = sent, time.monotonic() + COUNTED_EVERY_SECONDS
        return sent


_count = Count()


def hold_for_today(now: datetime, *, known: bool) -> None:
    """Raise :class:`TooMany` when what is sent in a day has reached its part of CODES_PER_DAY."""
    limit = most_of(settings.CODES_PER_DAY, known=known)
    if _count.sent(limit) < limit:
        return
    public = SignInCode.objects.filter(made_at__gt=now - DAY)
    public = public.exclude(purpose=SignInCode.Purpose.COUNTER)
    # More may have been sent than this limit, to known browsers: it is this one that must go.
    last = public.order_by("-made_at").values_list("made_at", flat=True)[limit - 1 : limit]
    until = max(last, default=now - DAY) + DAY
    raise TooMany(f"{limit} in {DAY}", _WORDS, until=until)
