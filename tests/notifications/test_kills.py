"""Workers that are killed anywhere: nothing is lost, nothing goes out twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as portal
from django.db import connection
from django.db.models import F

from esachivalaya.notifications.models import Message
from tests.notifications.fake_twilio import FakeTwilio, as_always, kill, taken_but
from tests.notifications.letters import code_letter, confirmed_letter, sms

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 40


class Workers:
    """Real processes of `send_messages --forever` on the test's own database."""

    def __init__(self, twilio: FakeTwilio) -> None:
        self._twilio = twilio
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> "subprocess.Popen[bytes]":
        link = connection.settings_dict
        address = f"{link['USER']}:{link['PASSWORD']}@{link['HOST']}:{link['PORT']}/{link['NAME']}"
        environment = {
            **os.environ,
            "DATABASE_URL": f"postgresql://{address}",
            "REDIS_URL": portal.REDIS_URL,
            "SECRET_KEY": portal.SECRET_KEY,
            "PUBLIC_URL": "https://portal.example.in",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": self._twilio.token,
            "TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32,
            "TWILIO_API_URL": self._twilio.url,
            "MESSAGE_SEGMENTS_PER_SECOND": "0",
        }
        command = [sys.executable, "manage.py", "send_messages", "--forever", "--threads", "3"]
        worker = subprocess.Popen(
            command, cwd=portal.BASE_DIR, env=environment, stderr=subprocess.DEVNULL
        )
        self.running.append(worker)
        return worker

    def stop(self) -> None:
        for worker in self.running:
            if worker.poll() is None:
                worker.terminate()
        for worker in self.running:
            worker.wait(PATIENCE)


@pytest.fixture
def workers(twilio: FakeTwilio) -> Iterator[Workers]:
    workers = Workers(twilio)
    yield workers
    workers.stop()


def wait_until(true: Any) -> None:
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends, "It never came."
        time.sleep(0.05)


def leases_end() -> None:
    """The dead hold nothing for ever: their leases, and the provider's list, have settled."""
    moved = timedelta(minutes=10)
    Message.objects.filter(status__in=["claimed", "sending", "unknown"]).update(
        lease_until=F("lease_until") - moved,
        began_at=F("began_at") - moved,
        ask_at=F("ask_at") - moved,
    )


def all_are(*statuses: str) -> bool:
    return set(Message.objects.values_list("status", flat=True)) <= set(statuses)


@pytest.mark.parametrize("before_it_was_taken", [True, False])
def test_a_killed_workers_messages_go_out_once(
    twilio: FakeTwilio, workers: Workers, before_it_was_taken: bool
) -> None:
    wanted = [
        sms(confirmed_letter(values={**confirmed_letter().values, "ref": f"ES {number:04}"}))
        for number in range(24)
    ]
    Message.objects.filter(channel="email").delete()
    first = workers.start()
    shot = kill(lambda: first.pid)
    twilio.delay = 0.02
    twilio.moods = [*[as_always] * 4, shot if before_it_was_taken else taken_but(shot)]
    assert first.wait(PATIENCE) == -signal.SIGKILL
    assert not all_are("accepted")
    leases_end()
    # The dead worker's words lie before the first receipt: the day of the list is theirs.
    for taken in twilio.taken:
        taken.made_at -= timedelta(minutes=9)
    workers.start()
    wait_until(lambda: all_are("accepted"))
    went = Counter(taken.fields["Body"] for taken in twilio.taken)
    assert set(went) == {row.body for row in wanted}
    assert set(went.values()) == {1}


def test_a_code_whose_worker_was_killed_is_not_sent_again(
    twilio: FakeTwilio, workers: Workers
) -> None:
    row = sms(code_letter())
    first = workers.start()
    twilio.moods = [kill(lambda: first.pid)]
    assert first.wait(PATIENCE) == -signal.SIGKILL
    leases_end()
    workers.start()
    wait_until(lambda: all_are("failed"))
    row.refresh_from_db()
    assert (row.body, row.error_class) == ("", "unknown")
    assert not twilio.taken


def test_a_worker_that_is_asked_to_end_finishes_what_it_began(
    twilio: FakeTwilio, workers: Workers
) -> None:
    for number in range(12):
        sms(code_letter(values={"code": f"{number:06}"}))
    twilio.delay = 0.3
    worker = workers.start()
    wait_until(lambda: twilio.calls)
    worker.terminate()
    assert worker.wait(PATIENCE) == 0
    assert all_are("accepted", "queued")
    assert Message.objects.filter(status="accepted").count() == len(twilio.taken)


def test_a_worker_outlives_its_database_connections(twilio: FakeTwilio, workers: Workers) -> None:
    twilio.delay = 0.05
    worker = workers.start()
    for number in range(30):
        sms(code_letter(values={"code": f"{number:06}"}))
    wait_until(lambda: twilio.calls > 5)
    with connection.cursor() as cursor:
        # As a restart does: every connection but this test's own is cut.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s "
            "AND pid <> pg_backend_pid() AND usename = %s",
            [connection.settings_dict["NAME"], connection.settings_dict["USER"]],
        )
    wait_until(lambda: len(twilio.taken) >= 24)
    wait_until(lambda: not Message.objects.filter(status__in=["queued"]).exists())
    assert worker.poll() is None
    leases_end()
    wait_until(lambda: all_are("accepted", "failed"))
    went = Counter(taken.fields["Body"] for taken in twilio.taken)
    assert set(went.values()) == {1}
