"""The portal's settings, but for the hours: a benchmark is run at night as well."""

from datetime import time

from esachivalaya.settings import *  # noqa: F403

APPEAL_HOURS = (time.min, time.max)
