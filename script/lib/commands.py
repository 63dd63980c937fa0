"""Running the project's own commands inside `.venv`."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from types import FrameType

from lib import places


def run(*command: str, env: Mapping[str, str], patience: float | None = None) -> int:
    """Run one command to its end and outlive it.

    Ctrl-C at a terminal reaches it without us; an interrupt that was sent to us alone is passed on.
    SIGTERM and a closed terminal are passed on as SIGTERM. With `patience`, so is an interrupt, and
    a command that does not end within so many seconds is killed.
    """
    told: list[float] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        told.append(time.monotonic())
        interrupted = number == signal.SIGINT and patience is None
        if not (interrupted and _at_the_terminal()):
            child.send_signal(signal.SIGINT if interrupted else signal.SIGTERM)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    former = {number: signal.getsignal(number) for number in numbers}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    child = subprocess.Popen(
        list(command),
        cwd=places.ROOT,
        env=dict(env),
        # What is ignored stays ignored in a child: Ctrl-C must reach it, a hang-up need not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for number in numbers:
        signal.signal(number, pass_on)
    try:
        code = _wait(child, told, patience)
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code


def _wait(child: "subprocess.Popen[bytes]", told: list[float], patience: float | None) -> int:
    while True:
        try:
            return child.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            if patience and told and time.monotonic() > told[0] + patience:
                child.kill()
                child.wait()
                return 130


def _at_the_terminal() -> bool:
    """Whether Ctrl-C goes to our whole group: then the command has had its own already."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def python(*arguments: str, env: Mapping[str, str]) -> int:
    return run(str(places.PYTHON), *arguments, env=env)


def manage(*arguments: str, env: Mapping[str, str]) -> int:
    return python("manage.py", *arguments, env=env)


def messages(*arguments: str, env: Mapping[str, str]) -> int:
    """The translator's tool; -P keeps the names of our modules apart from those of libraries."""
    return python("-P", "script/lib/messages.py", *arguments, env=env)


def development(env: Mapping[str, str]) -> dict[str, str]:
    """What a developer's own command runs in, unless the environment says otherwise."""
    return {"DEMO": "1", **env}


def with_venv_first(env: Mapping[str, str]) -> dict[str, str]:
    """Tools that start tools find those of `.venv` first."""
    first = str(places.VENV / "bin")
    return {**env, "PATH": os.pathsep.join([first, env.get("PATH", os.defpath)])}
