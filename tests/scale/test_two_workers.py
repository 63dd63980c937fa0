"""Two workers and two beats: what is due is done, and each thing once."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.cache import cache
from lib import pooler

from appointments.models import Breach, Request
from esachivalaya.audit import verification
from esachivalaya.audit.models import Anchor
from esachivalaya.celery import app
from esachivalaya.common import clock, sweeps
from esachivalaya.notifications.models import Message
from tests.booking import overdue, sent
from tests.notifications.conftest import twilio
from tests.notifications.fake_twilio import FakeTwilio
from tests.notifications.letters import confirmed_letter, sms
from tests.object_stores import Store
from tests.people import Cast, make_citizen, make_household
from tests.scale import nodes
from tests.scale.nodes import Node

__all__ = ["twilio"]
pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 120
OVERDUE = 4
LETTERS = 30
# Beat leaves a mark of what it asked for: the shortest of its rounds that leaves one.
TEN_SECONDS = "send_messages"


@pytest.fixture
def both(
    transactional_db: None, twilio: FakeTwilio, store: Store, tmp_path: Path, settings: Any
) -> Iterator[tuple[Node, Node]]:
    """Two nodes whose workers send to a provider that keeps a record of its own."""
    settings.STORAGES = {**settings.STORAGES, **store.storages("workers")}
    own = {
        "TWILIO_ACCOUNT_SID": settings.TWILIO_ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": settings.TWILIO_AUTH_TOKEN,
        "TWILIO_MESSAGING_SERVICE_SID": settings.TWILIO_MESSAGING_SERVICE_SID,
        "TWILIO_API_URL": twilio.url,
        "MESSAGE_SEGMENTS_PER_SECOND": "0",
    }
    with (
        pooler.running(pooler.program(), nodes.direct_address(), pool=8) as database,
        nodes.two(database, store.url("workers"), tmp_path) as found,
    ):
        for node in found:
            node.environment = {**node.environment, **own}
        yield found


def wait_until(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    ask = threading.Event()
    while not true():
        assert time.monotonic() < until, what
        ask.wait(0.2)


def nothing_is_queued() -> bool:
    """Whether no worker has anything left to take."""
    link = cache._cache.get_client()  # the tests' own number of Valkey
    return not link.llen("celery") and not link.hlen("unacked")


def twice_at_once() -> None:
    """Ask for all regular work as two beats do that began in the same second."""
    with app.connection_for_write(portal.CELERY_BROKER_URL) as link:
        for entry in portal.CELERY_BEAT_SCHEDULE.values():
            for _beat in range(2):
                app.send_task(entry["task"], connection=link)


def test_all_regular_work_asked_for_twice_is_done_once(
    both: tuple[Node, Node], cast: Cast, twilio: FakeTwilio
) -> None:
    late = [
        overdue(sent(cast.rewari, make_citizen(household=make_household(f"+91980000020{number}"))))
        for number in range(OVERDUE)
    ]
    values = confirmed_letter().values
    letters = [
        sms(confirmed_letter(values={**values, "ref": f"ES {number:04}"}))
        for number in range(LETTERS)
    ]
    for node in both:
        node.start(nodes.WORKER)
    twice_at_once()
    wait_until(nothing_is_queued, "the workers did not take everything")
    wait_until(lambda: not _waiting(), "not all messages went out")
    for node in both:
        node.stop()
    answered = Request.objects.filter(pk__in=[row.pk for row in late])
    assert not answered.filter(status=Request.Status.REQUESTED).exists()
    assert Counter(Breach.objects.values_list("request", flat=True)) == dict.fromkeys(
        [row.pk for row in late], 1
    )
    assert Anchor.objects.count() == 1
    assert [str(finding) for finding in verification.findings()] == []
    went = Counter(one["To"] + one["Body"] for one in twilio.accepted)
    assert set(went.values()) == {1}
    assert len(went) == Message.objects.filter(channel="sms", status="accepted").count()
    assert {row.pk for row in letters} <= set(
        Message.objects.filter(status="accepted").values_list("pk", flat=True)
    )
    assert not [name for node in both for name in node.files()]


def test_beat_on_both_nodes_keeps_the_work_going_when_one_of_them_ends(
    both: tuple[Node, Node], twilio: FakeTwilio
) -> None:
    a, b = both
    for node in both:
        node.start(nodes.WORKER, nodes.BEAT)
    wait_until(lambda: TEN_SECONDS in sweeps.ages(), "no beat asked for anything")
    a.stop()
    letter = sms(confirmed_letter())
    wait_until(
        lambda: Message.objects.get(pk=letter.pk).status == Message.Status.ACCEPTED,
        "the other node did not go on",
    )
    assert [one["Body"] for one in twilio.accepted].count(letter.body) == 1
    assert {name.split(".")[0] for name in b.files()} == {"schedule"}


def _waiting() -> bool:
    """Whether a message that is due has not gone out."""
    unsent = Message.objects.filter(
        channel="sms", status__in=["queued", "claimed", "sending", "retry"]
    )
    return unsent.filter(due_at__lte=clock.now()).exists()
