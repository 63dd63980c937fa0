"""Every linter of the project, one after the other; all run, whatever the first one says."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from lib import commands, places, services

# What a real installation is given; checked by Django's own list for deployment.
PRODUCTION = {
    "SECRET_KEY": "checked-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "PUBLIC_URL": "https://esachivalaya.example.in",
    "ALLOWED_HOSTS": "esachivalaya.example.in",
    "EMAIL_URL": "smtp+tls://portal:only-checked@mail.example.in:587",
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
    "TWILIO_AUTH_TOKEN": "only-checked",
    "TWILIO_MESSAGING_SERVICE_SID": "MG00000000000000000000000000000000",
    "AUDIT_ANCHOR_KEY": "checked-only-zyxwvutsrqponmlkjihgfedcba-9876543210-ZYXWVUTSRQPONMLKJIHGFE",
    "SIGNATURE_ROOTS": "tests/eoffice/authority.pem",
    "TURN_URLS": "turns:relay.example.in:443?transport=tcp",
    "TURN_SECRET": "checked-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "DEMO": "0",
}


def main(arguments: list[str]) -> int:
    with services.running(dev=True) as base:
        env = commands.with_venv_first(commands.development(base))
        results = [
            (name, _step(name, command, {**env, **more}))
            for name, command, more in steps()
            if not arguments or any(word in name for word in arguments)
        ]
    failed = [name for name, passed in results if not passed]
    print()
    for name, passed in results:
        print(f"{'passed' if passed else 'FAILED'}  {name}")
    if failed:
        print(f"\n{len(failed)} of {len(results)} checks failed: {', '.join(failed)}.")
        return 1
    print(f"\nAll {len(results)} checks passed.")
    return 0


def steps() -> Iterator[tuple[str, list[str], Mapping[str, str]]]:
    """Name, command and further environment of each check."""
    python = str(places.PYTHON)
    manage = (python, "manage.py")
    templates = _files("templates", "*.html")
    code = [file for file in _files(".", "*.py") if "/migrations/" not in file]
    yield "ruff check", _module("ruff", "check", "--quiet", "."), {}
    yield "ruff format", _module("ruff", "format", "--check", "--quiet", "."), {}
    yield "mypy", _module("mypy", "."), {}
    yield "import contract", [python, _tool("lint-imports"), "--no-cache", "--no-logo"], {}
    yield "djade", [_tool("djade"), "--check", "--target-version", "5.2", *templates], {}
    yield "djhtml", _module("djhtml", "--check", "--tabwidth", "2", *templates), {}
    yield (
        "django-upgrade",
        _module("django_upgrade", "--check", "--target-version", "5.2", *code),
        {},
    )
    yield "migrations", [*manage, "makemigrations", "--check", "--dry-run"], {}
    yield "deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION
    lib = {"PYTHONPATH": str(places.ROOT / "script")}
    yield "insecure calls", _module("lib.insecure"), lib
    yield "licences", _module("lib.licences", "--check"), lib
    yield "vulnerabilities", _module("lib.vulnerable"), lib
    yield "translations", [python, "-P", "script/lib/messages.py", "--check"], {}


def _module(*command: str) -> list[str]:
    return [str(places.PYTHON), "-m", *command]


def _tool(name: str) -> str:
    return str(places.VENV / "bin" / name)


def _files(folder: str, pattern: str) -> list[str]:
    """Files that git knows or would add: neither .venv nor what the portal made itself."""
    told = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", folder],
        cwd=places.ROOT,
        capture_output=True,
        text=True,
    )
    names = told.stdout.splitlines()
    return sorted(
        name for name in set(names) if Path(name).match(pattern) and (places.ROOT / name).exists()
    )


def _step(name: str, command: list[str], env: Mapping[str, str]) -> bool:
    print(f"--- {name}", flush=True)
    began = time.monotonic()
    code = commands.run(*command, env=env)
    print(
        f"    {'passed' if code == 0 else 'FAILED'} in {time.monotonic() - began:.1f} s", flush=True
    )
    return code == 0
