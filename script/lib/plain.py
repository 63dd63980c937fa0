"""What goes wrong is told in one plain sentence, never in a trace."""

import errno
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn


class Plain(Exception):
    """A failure whose text is the sentence to show."""


def run(main: Callable[[list[str]], int | None]) -> NoReturn:
    """Run `main` with the command line; turn every expected failure into a sentence."""
    signal.signal(signal.SIGTERM, _leave)
    # A shell starts what runs in its background with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        code = main(sys.argv[1:])
    except Plain as failure:
        sys.exit(_sentence(str(failure)))
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as failure:
        sys.exit(_sentence(_of_the_system(failure)))
    sys.exit(code or 0)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM unwinds like Ctrl-C does, so that what was started is stopped."""
    raise KeyboardInterrupt


def _sentence(text: str) -> int:
    sys.stdout.flush()
    print(text, file=sys.stderr)
    return 1


def _of_the_system(failure: OSError) -> str:
    if failure.errno in (errno.ENOSPC, errno.EDQUOT):
        return FULL_DISK
    where = f"{failure.filename}: " if failure.filename else ""
    return f"{where}{failure.strerror or failure}."


FULL_DISK = "The disk is full: free at least 500 MB and start again; nothing was lost."
