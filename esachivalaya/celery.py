"""The Celery application: workers send messages and keep the 24-hour promise.

Every task is an accelerator or a sweep over the database; nothing is lost when Redis is emptied.
No countdown is longer than minutes, since Redis re-delivers what waits beyond the visibility
timeout.
"""

import os

from celery import Celery
from kombu.transport import redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "esachivalaya.settings")


class Channel(redis.Channel):
    """Kombu's channel to Redis, which can be closed when its connection is gone already.

    When Redis went away under a worker at work, Celery closes what it had taken apart before, and
    Kombu (5.7.0) looks for the address of Redis in a connection that it has forgotten: the worker
    ended instead of connecting anew. What was not acknowledged needs no giving back: Redis gives it
    out again after the visibility timeout, and the sweeps do not wait for it.
    """

    def close(self) -> None:
        """Close; without a connection, give nothing back."""
        if self.connection is not None and self.connection.client is None:
            self.do_restore = False
        super().close()  # type: ignore[no-untyped-call]


redis.Transport.Channel = Channel

app = Celery("esachivalaya")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
