"""Acts that the database asked to do again."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

P = ParamSpec("P")
R = TypeVar("R")

DEADLOCK, SERIALIZATION = "40P01", "40001"
TRIES = 4


def on_deadlock(function: Callable[P, R]) -> Callable[P, R]:
    """Do ``function`` again, a few times, when the database chose it to resolve a deadlock.

    ``function`` opens its own transaction. Inside a surrounding one nothing can be done again, and
    the error is passed on.
    """

    @functools.wraps(function)
    def act(*args: P.args, **kwargs: P.kwargs) -> R:
        for left in reversed(range(TRIES)):
            try:
                return function(*args, **kwargs)
            except OperationalError as problem:
                code = getattr(problem.__cause__, "pgcode", None)
                if code not in {DEADLOCK, SERIALIZATION} or connection.in_atomic_block or not left:
                    raise
        raise AssertionError("unreachable")

    return act
