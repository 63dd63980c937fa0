"""Why something was not done, in words for the person."""

from datetime import datetime

from django.utils.functional import Promise


class Refused(Exception):
    """A rule forbids it. ``message`` is for the person, ``until`` says when it may be tried."""

    def __init__(self, rule: str, message: str | Promise, *, until: datetime | None = None) -> None:
        super().__init__(rule)
        self.rule = rule
        self.message = message
        self.until = until


class TooMany(Refused):
    """A limit is reached; ``until`` is when the next one is given."""

    until: datetime

    def __init__(self, rule: str, message: str | Promise, *, until: datetime) -> None:
        super().__init__(rule, message, until=until)
