"""One limit in segments for all workers; codes are never behind an appeal."""

import socket
import time
from collections.abc import Iterator
from datetime import time as clock_time
from typing import Any

import pytest
import redis
from django.conf import settings as portal

from esachivalaya.notifications import delivery
from esachivalaya.notifications.bucket import LEAST_SAVED, Bucket
from esachivalaya.notifications.models import Message, MessageClass
from tests.notifications.fake_twilio import FakeTwilio
from tests.notifications.letters import confirmed_letter, sms

CODE, OWN, APPEAL = MessageClass.CODE, MessageClass.TRANSACTIONAL, MessageClass.APPEAL


@pytest.fixture
def link() -> Iterator[Any]:
    link = redis.Redis.from_url(portal.REDIS_URL)
    yield link
    link.close()


@pytest.fixture
def bucket(settings: Any, link: Any) -> Bucket:
    settings.MESSAGE_SEGMENTS_PER_SECOND = 10
    link.delete("messages:segments:test")
    return Bucket("test")


def fill(link: Any, tokens: float) -> None:
    seconds, micros = link.time()
    link.hset("messages:segments:test", mapping={"tokens": tokens, "at": seconds + micros / 1e6})


def test_an_empty_bucket_says_how_long_to_wait(bucket: Bucket) -> None:
    granted, pause = bucket.take(CODE, [1])
    assert granted == 0
    assert 0.05 < pause <= 0.11


def test_it_fills_by_the_clock_of_redis_and_never_beyond_its_size(
    bucket: Bucket, link: Any
) -> None:
    fill(link, 0)
    seconds, _micros = link.time()
    link.hset("messages:segments:test", "at", seconds - 3600)
    assert bucket.take(CODE, [1] * 100)[0] == int(LEAST_SAVED)


def test_as_many_go_as_there_are_segments_for(bucket: Bucket, link: Any) -> None:
    fill(link, 7)
    granted, pause = bucket.take(CODE, [3, 3, 3])
    assert granted == 2
    assert 0.1 < pause < 0.25


def test_appeals_leave_room_for_ones_own_matters_and_both_for_codes(
    bucket: Bucket, link: Any
) -> None:
    fill(link, LEAST_SAVED)
    assert bucket.take(APPEAL, [1] * 20)[0] == 7
    assert bucket.take(OWN, [1] * 20)[0] == 2
    assert bucket.take(CODE, [1] * 20)[0] >= 2
    assert bucket.take(APPEAL, [1])[0] == 0


def test_a_message_longer_than_the_bucket_goes_when_it_is_full(bucket: Bucket, link: Any) -> None:
    fill(link, LEAST_SAVED)
    assert bucket.take(CODE, [30])[0] == 1
    granted, pause = bucket.take(CODE, [1])
    assert granted == 0
    assert pause > 1.5


def test_all_workers_share_it(bucket: Bucket, link: Any) -> None:
    fill(link, LEAST_SAVED)
    assert Bucket("test").take(CODE, [1] * 12)[0] >= 11
    assert bucket.take(CODE, [1, 1])[0] <= 1


def test_a_flushed_redis_lets_nothing_burst(bucket: Bucket, link: Any) -> None:
    fill(link, LEAST_SAVED)
    link.delete("messages:segments:test")
    assert bucket.take(CODE, [1])[0] == 0


def test_without_a_limit_nobody_is_asked(settings: Any) -> None:
    settings.MESSAGE_SEGMENTS_PER_SECOND = 0
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert Bucket("test").take(APPEAL, [5, 5]) == (2, 0.0)


def test_without_redis_appeals_wait_and_codes_go_slowly(settings: Any) -> None:
    settings.MESSAGE_SEGMENTS_PER_SECOND = 100
    settings.MESSAGE_LOCAL_SEGMENTS_PER_SECOND = 3
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    alone = Bucket("test")
    assert alone.take(APPEAL, [1])[0] == 0
    assert alone.take(CODE, [1, 1, 1, 1])[0] == 1
    granted, pause = alone.take(CODE, [1])
    assert granted == 0
    assert 0 < pause <= 0.34


def test_a_silent_redis_holds_nobody_up_twice(settings: Any) -> None:
    settings.MESSAGE_SEGMENTS_PER_SECOND = 100
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        alone = Bucket("test")
        start = time.monotonic()
        alone.take(CODE, [1])
        first = time.monotonic() - start
        alone.take(CODE, [1])
        assert first < 2.5
        assert time.monotonic() - start - first < 0.1


@pytest.mark.django_db
def test_without_redis_everything_but_appeals_goes_out(twilio: FakeTwilio, settings: Any) -> None:
    settings.APPEAL_HOURS = (clock_time.min, clock_time.max)
    settings.MESSAGE_SEGMENTS_PER_SECOND = 100
    settings.MESSAGE_LOCAL_SEGMENTS_PER_SECOND = 50
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    codes = [sms() for _number in range(3)]
    own, appeal = sms(confirmed_letter()), sms(confirmed_letter())
    Message.objects.filter(channel="email").delete()
    Message.objects.filter(pk=appeal.pk).update(klass="appeal", basis="consent")
    delivery.bucket_of.cache_clear()
    delivery.send_due()
    delivery.bucket_of.cache_clear()
    for row in [*codes, own]:
        row.refresh_from_db()
        assert row.status == "accepted"
    appeal.refresh_from_db()
    assert appeal.status == "queued"


@pytest.mark.django_db(transaction=True)
def test_workers_together_keep_to_the_limit_and_use_it(
    twilio: FakeTwilio, settings: Any, race: Any
) -> None:
    settings.MESSAGE_SEGMENTS_PER_SECOND = 40
    for _number in range(60):
        sms()
    start = time.monotonic()
    outcomes = race(*[lambda: delivery.send_due(threads=4)] * 3)
    took = time.monotonic() - start
    assert all(outcome.ok for outcome in outcomes)
    assert len(twilio.taken) == 60
    # 60 segments at 40 a second; what was saved up goes at once.
    assert 60 / 40 - 0.5 < took < 60 / 40 + 2.5
