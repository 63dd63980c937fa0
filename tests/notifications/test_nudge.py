"""The nudge: quick when Redis lives, and nobody's trouble when it does not."""

import logging
import socket
import threading
import time
from typing import Any

import pytest
import redis
from django.conf import settings
from kombu.exceptions import OperationalError

from esachivalaya.notifications import nudge

PATIENCE = 10


def wait_until(true: Any) -> None:
    ends = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not true():
        assert time.monotonic() < ends, "It never came."
        pause.wait(0.01)


def test_a_nudge_reaches_the_queue_of_the_workers() -> None:
    queue = redis.Redis.from_url(settings.REDIS_URL)
    queue.delete("celery")
    nudge.publish("code")
    assert queue.llen("celery") == 1
    word = queue.lindex("celery", 0)
    assert isinstance(word, bytes)
    assert b"notifications.send_messages" in word
    queue.delete("celery")
    queue.close()


def test_a_dead_redis_fails_within_a_second() -> None:
    start = time.monotonic()
    with pytest.raises(OperationalError):
        nudge.publish("code", "redis://127.0.0.1:1/0")
    assert time.monotonic() - start < 1.5


def test_a_redis_that_takes_the_call_and_says_nothing_fails_within_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(OperationalError):
            nudge.publish("code", f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        assert time.monotonic() - start < 4


def test_whoever_rings_does_not_wait_for_redis() -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(_lane: str) -> None:
        asked.set()
        go_on.wait(PATIENCE)

    bell = nudge.Bell(slow)
    start = time.monotonic()
    bell.ring("code")
    assert asked.wait(PATIENCE)
    bell.ring("code")
    assert time.monotonic() - start < 1
    go_on.set()


def test_after_a_failure_the_bell_keeps_quiet_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries: list[str] = []

    def dead(lane: str) -> None:
        tries.append(lane)
        raise ConnectionError

    bell = nudge.Bell(dead)
    with caplog.at_level(logging.WARNING, logger="esachivalaya.notifications.nudge"):
        bell.ring("code")
        wait_until(lambda: caplog.records)
        for _number in range(20):
            bell.ring("code")
    assert tries == ["code"]
    assert len(caplog.records) == 1


def test_nudges_of_a_moment_become_one_word_and_none_is_lost() -> None:
    told: list[str] = []
    started, go_on = threading.Event(), threading.Event()

    def publish(lane: str) -> None:
        started.set()
        go_on.wait(PATIENCE)
        told.append(lane)

    bell = nudge.Bell(publish)
    bell.ring("code")
    assert started.wait(PATIENCE)
    for _number in range(50):
        bell.ring("transactional")
    go_on.set()
    wait_until(lambda: "transactional" in told)
    assert told == ["code", "transactional"]
