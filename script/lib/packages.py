"""`.venv` with the pinned requirements, installed anew only when these change."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from lib import places
from lib.plain import FULL_DISK, Plain

UNREACHABLE = ("NewConnectionError", "ConnectTimeoutError", "ProxyError", "name resolution")
NEEDED_BYTES = 500 * 1024 * 1024


def ensure(*, dev: bool = False) -> None:
    """Guarantees `.venv` with exactly the pinned requirements. Call it under `setting_up`."""
    names = ["requirements.txt", "requirements-dev.txt"] if dev else ["requirements.txt"]
    if places.PYTHON.exists() and all(_is_installed(name) for name in names):
        return
    need_room()
    _make_venv()
    wanted = names[-1]
    print(f"Installing what {wanted} pins into .venv ...", flush=True)
    _pip("install", "--require-hashes", "-r", str(places.ROOT / wanted))
    for name in names:
        _stamp(name).write_text(_digest(name))


def need_room() -> None:
    """A full disk is found before half of the set-up is written to it."""
    if shutil.disk_usage(places.ROOT).free < NEEDED_BYTES:
        raise Plain(FULL_DISK)


def site_packages() -> Path:
    """Where the packages of `.venv` stand."""
    for folder in sorted(places.VENV.glob("lib*/python3.*/site-packages")):
        return folder
    raise Plain("The folder .venv is damaged: remove it and start again.")


def _stamp(name: str) -> Path:
    return places.VENV / f".{name}.installed"


def _is_installed(name: str) -> bool:
    return _stamp(name).exists() and _stamp(name).read_text() == _digest(name)


def _works(python: Path) -> bool:
    """Its Python may have been removed, or its installation of pip stopped half-way."""
    return (
        python.exists()
        and not subprocess.run([python, "-c", "import pip"], capture_output=True).returncode
    )


def _digest(name: str) -> str:
    version = ".".join(map(str, sys.version_info[:2]))
    pinned = (places.ROOT / name).read_bytes()
    return hashlib.sha256(version.encode() + b"\n" + pinned).hexdigest()


def _make_venv() -> None:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if (places.VENV / "lib" / version).is_dir() and _works(places.PYTHON):
        return
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise Plain(
            "This Python cannot make virtual environments: install its venv module "
            f"(Debian and Ubuntu: apt-get install {version}-venv) and start again."
        ) from None
    if places.VENV.exists():
        shutil.rmtree(places.VENV)
    print("Making .venv ...", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(places.VENV)], capture_output=True, text=True
    )
    if made.returncode:
        shutil.rmtree(places.VENV, ignore_errors=True)
        _explain(made.stdout + made.stderr, "Making .venv failed")


def _pip(*arguments: str) -> None:
    done = subprocess.run(
        [places.PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments],
        capture_output=True,
        text=True,
        cwd=places.ROOT,
    )
    if done.returncode:
        log = places.run_folder() / "pip.log"
        try:
            log.write_text(done.stdout + done.stderr)
        except OSError:
            raise Plain(FULL_DISK) from None
        _explain(done.stdout + done.stderr, "Installing the requirements failed")


def _explain(output: str, what: str) -> None:
    if "No space left" in output or "Errno 28" in output:
        raise Plain(FULL_DISK)
    if any(sign in output for sign in UNREACHABLE):
        raise Plain(f"{what}: the package index cannot be reached (whole output: .run/pip.log).")
    told = [line.strip() for line in output.splitlines() if line.strip()]
    reasons = [line for line in told if line.startswith(("ERROR:", "Error:"))] or told
    reason = reasons[-1].removeprefix("ERROR:").strip() if reasons else "no reason was given"
    raise Plain(f"{what}: {reason} (whole output: .run/pip.log).")
