"""A worker whose Redis went away while it was at work lives on."""

from typing import Any

import kombu
from django.conf import settings

from esachivalaya.celery import app

# They have no types.
Connection: Any = kombu.Connection
Queue: Any = kombu.Queue
QUEUE = "of-a-test"


def test_a_channel_whose_connection_is_gone_can_be_closed_with_work_in_hand() -> None:
    assert app.main == "esachivalaya"
    link = Connection(settings.REDIS_URL)
    queue = Queue(QUEUE, channel=link.default_channel)
    queue.declare()
    link.Producer().publish({"lane": "code"}, routing_key=QUEUE)
    assert queue.get(no_ack=False) is not None
    # So Celery leaves it when Redis ends in the middle of a poll.
    link.transport.client = None
    link.close()


def test_a_channel_that_is_closed_in_peace_gives_back_what_it_has_in_hand() -> None:
    with Connection(settings.REDIS_URL) as link:
        queue = Queue(QUEUE, channel=link.default_channel)
        queue.declare()
        link.Producer().publish({"lane": "code"}, routing_key=QUEUE)
        assert queue.get(no_ack=False) is not None
    with Connection(settings.REDIS_URL) as again:
        found = Queue(QUEUE, channel=again.default_channel).get(no_ack=True)
        assert found is not None
        assert found.payload == {"lane": "code"}
