"""The Celery application: workers send messages and keep the 24-hour promise.

Every task is an accelerator or a sweep over the database; nothing is lost when Redis is emptied.
No countdown is longer than minutes, since Redis re-delivers what waits beyond the visibility
timeout.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "esachivalaya.settings")

app = Celery("esachivalaya")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
