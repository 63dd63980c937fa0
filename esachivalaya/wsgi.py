"""WSGI entry point, served by gunicorn with threads."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "esachivalaya.settings")

application = get_wsgi_application()

# What is loaded by now stays until the process ends, and a page makes some ten thousand objects
# that do not outlive it. Looking through all of them again and again took a tenth of the time.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 50, 50)
