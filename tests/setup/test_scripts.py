"""The scripts set everything up, and say in one sentence what stands in the way."""

import ast
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
SCRIPTS = [file for file in (ROOT / "script").iterdir() if file.is_file()]
# What a Python that is too old still has to read before it can say so.
READ_BY_OLD_PYTHON = [
    ROOT / "script" / "lib" / "__init__.py",
    ROOT / "script" / "lib" / "python_version.py",
    *(file for file in SCRIPTS if "python_version.require()" in file.read_text()),
]


def run(*command: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def lib(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a line of Python that sees script/lib."""
    return run("-c", f"import sys; sys.path.insert(0, 'script'); {code}", **environment)


@pytest.mark.parametrize(
    "name",
    "server test check manage services messages backup restore licences bench chaos".split(),
)
def test_a_script_can_be_run_as_it_stands(name: str) -> None:
    file = ROOT / "script" / name
    assert os.access(file, os.X_OK)
    assert file.read_text().startswith("#!/usr/bin/env python3\n")


@pytest.mark.parametrize("file", READ_BY_OLD_PYTHON, ids=lambda file: file.name)
def test_an_old_python_can_read_far_enough_to_say_so(file: Path) -> None:
    """Python reads a file as a whole before it runs its first line."""
    ast.parse(file.read_text(), feature_version=(3, 7))


def test_an_old_python_is_told_so() -> None:
    told = lib("sys.version_info = (3, 8, 1); from lib import python_version as v; v.require()")
    assert told.returncode == 1
    assert told.stderr.startswith("e-Sachivalaya needs Python 3.11 or newer; this is Python 3.8")
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("port", ["abc", "0", "70000"])
def test_a_port_that_is_none_is_told(port: str) -> None:
    told = lib(
        f"from lib import plain, server; plain.run(lambda _a: server._wanted_port('{port}'))"
    )
    assert told.returncode == 1
    assert told.stderr == f"'{port}' is no port: give a number from 1 to 65535.\n"


def test_a_port_in_use_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = lib(
            f"from lib import plain, server; plain.run(lambda _a: server._wanted_port('{port}'))"
        )
    assert told.returncode == 1
    assert told.stderr.startswith(f"Port {port} cannot be used here")
    assert told.stderr.count("\n") == 1


def test_a_full_disk_is_told() -> None:
    told = lib(
        "import errno\n"
        "from lib import plain\n"
        "def main(_arguments):\n"
        "    raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "plain.run(main)"
    )
    assert told.returncode == 1
    assert told.stderr.startswith("The disk is full")
    assert "Traceback" not in told.stderr


def test_an_interrupt_sent_to_the_script_alone_reaches_what_it_runs() -> None:
    code = (
        "import sys; sys.path.insert(0, 'script'); import os; from lib import commands; "
        "sys.exit(commands.run(sys.executable, '-c', "
        "'print(1, flush=True); import time; time.sleep(60)', env=os.environ))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as script:
        assert script.stdout is not None
        assert script.stdout.readline() == b"1\n"
        script.send_signal(signal.SIGINT)
        assert script.wait(timeout=20) != 0


def test_a_left_over_pid_is_not_believed(tmp_path: Path) -> None:
    """The number may belong to anybody by now: only a process that works in the folder counts."""
    told = lib(
        "from pathlib import Path; from lib import processes; import os; "
        f"print(processes.works_in(os.getpid(), Path('{tmp_path}')), "
        "processes.works_in(os.getpid(), Path.cwd()))"
    )
    assert told.stdout == "False True\n"


def rights(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    told = lib(
        "from pathlib import Path; from lib import places, state; "
        f"places.RUN = Path('{tmp_path}/r'); "
        "first = state.load(); print(first == state.load(), len(first['secret_key']) >= 50)"
    )
    assert told.stdout == "True True\n", told.stderr
    assert rights(tmp_path / "r" / "state.json") == "0o600"


def test_a_backup_is_named_from_where_one_stands(tmp_path: Path) -> None:
    """Though the command itself runs in the checkout."""
    words = ["a.tar", "--identity", "own.key", "--to", "age1xyz", "--keep-days", "30", "--in-clear"]
    told = lib(
        f"from lib import archives; import os; os.chdir({str(tmp_path)!r}); "
        f"print(*archives._from_here({words}))"
    )
    wanted = [f"{tmp_path}/a.tar", words[1], f"{tmp_path}/own.key", *words[3:]]
    assert told.stdout.split() == wanted, told.stderr
