"""The circuit breaker of each gateway: wrong settings stop the road, not 20,000 messages.

The row is shared by all workers. While it is open the queue of its channel waits as it is. Each
minute one worker tries one message; what the provider takes, or refuses for its own number's sake,
proves that the road works and closes the breaker.
"""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from esachivalaya.audit import services as audit
from esachivalaya.common import clock, registry
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.constraints import Refusal
from esachivalaya.notifications import services
from esachivalaya.notifications.models import Breaker, Channel, ErrorClass, Message

logger = logging.getLogger(__name__)
State = Breaker.State

PROBE_EVERY = timedelta(seconds=60)

OPEN = """
INSERT INTO notifications_breaker
    (gateway, channel, state, problem, opened_at, probe_at, probes)
VALUES (%s, %s, 'open', %s, clock_timestamp(), clock_timestamp() + %s, 0)
ON CONFLICT (gateway) DO UPDATE SET
    state = 'open', channel = EXCLUDED.channel, problem = EXCLUDED.problem,
    opened_at = EXCLUDED.opened_at, probe_at = EXCLUDED.probe_at, probes = 0
WHERE notifications_breaker.state = 'closed'
RETURNING opened_at
"""


def open_ones() -> list[Breaker]:
    """Return the gateways in use that are stopped, the longest first."""
    in_use = {Channel.SMS: settings.SMS_GATEWAY, Channel.EMAIL: settings.EMAIL_GATEWAY}
    rows = Breaker.objects.filter(state=State.OPEN).order_by("opened_at")
    return [row for row in rows if in_use.get(Channel(row.channel)) == row.gateway]


@transaction.atomic
def trip(*, gateway: str, channel: str, problem: str) -> bool:
    """Stop ``gateway`` and tell the operators, once however many workers find out; True for it."""
    with connection.cursor() as cursor:
        values: list[Any] = [gateway, channel, problem[:200], PROBE_EVERY]
        cursor.execute(OPEN, values)
        first = cursor.fetchone()
    if first is None:
        Breaker.objects.filter(gateway=gateway, state=State.OPEN).update(problem=problem[:200])
        return False
    logger.error("No %s goes out, the queue waits: %s", channel, problem)
    _tell("gateway_stopped", gateway, channel, f"{first[0]:%Y%m%dT%H%M%S%f}", problem)
    return True


@transaction.atomic
def mend(*, gateway: str) -> bool:
    """Close the breaker after a message went through; what waited because of it goes at once."""
    stopped = Breaker.objects.filter(gateway=gateway, state=State.OPEN)
    row = stopped.select_for_update().first()
    if row is None:
        return False
    stopped.update(state=State.CLOSED, closed_at=ClockTimestamp(), probe_at=None)
    Message.objects.filter(
        status=Message.Status.RETRY,
        channel=row.channel,
        error_class=ErrorClass.CONFIGURATION,
    ).update(due_at=ClockTimestamp())
    logger.warning("%s goes out again by %s.", row.channel, gateway)
    _tell("gateway_works", gateway, row.channel, f"{row.opened_at:%Y%m%dT%H%M%S%f}", "")
    return True


def probe_is_due(row: Breaker) -> bool:
    """Say whether somebody should try this road again now."""
    return Breaker.objects.filter(pk=row.pk, probe_at__lte=ClockTimestamp()).exists()


def may_probe(gateway: str) -> bool:
    """Take the one try of this minute; False when it is not due or another worker has it."""
    return (
        Breaker.objects.filter(
            gateway=gateway, state=State.OPEN, probe_at__lte=ClockTimestamp()
        ).update(probe_at=ClockTimestamp() + PROBE_EVERY, probes=F("probes") + 1)
        == 1
    )


@transaction.atomic
def try_now(*, breaker: Breaker, by: Any, reason: str) -> None:
    """Let the next worker try at once: an operator has mended something, and says what."""
    if not reason.strip():
        raise Refusal(_("Say why: the record keeps the reason."), field="reason")
    row = Breaker.objects.select_for_update().get(pk=breaker.pk)
    if row.state != State.OPEN:
        raise Refusal(_("This gateway works: there is nothing to try."))
    Breaker.objects.filter(pk=row.pk).update(probe_at=ClockTimestamp())
    audit.record(row, "breaker_tried", at=clock.now(), by=by, data={"reason": reason.strip()})


def readiness() -> tuple[str, str]:
    """Say which gateway is stopped, and why."""
    return "gateways", "; ".join(f"{row.gateway}: {row.problem}" for row in open_ones())


def _tell(template: str, gateway: str, channel: str, event: str, problem: str) -> None:
    """Write to those with the role *messages*, by the road that works."""
    try:
        # A savepoint: whatever goes wrong here, the road is stopped all the same.
        with transaction.atomic():
            services.post(_letters(template, gateway, channel, event, problem))
    except Exception:
        logger.exception("The operators cannot be told by message.")


def _letters(
    template: str, gateway: str, channel: str, event: str, problem: str
) -> list[services.Letter]:
    other = Channel.EMAIL if channel == Channel.SMS else Channel.SMS
    link = f"{settings.PUBLIC_URL}{reverse('admin:notifications_operations')}"
    letters = []
    for people in registry.message_operators:
        for phone, email, language in people():
            by_mail = other == Channel.EMAIL
            letters.append(
                services.Letter(
                    event=f"{template}:{gateway}:{event}",
                    template=template,
                    to=services.Recipient(
                        phone="" if by_mail else phone,
                        email=email if by_mail else "",
                        language=language,
                    ),
                    values={"gateway": gateway, "problem": problem[:100] or "-", "link": link},
                )
            )
    return letters
