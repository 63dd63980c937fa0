"""Settings come from the environment, are explained, and are safe where people meet them."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TEXT = (ROOT / "esachivalaya" / "settings.py").read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r'environment\.(?:text|switch|listed|parsed)\(\s*"([A-Z_]+)"', TEXT)))
PRODUCTION = {
    "SECRET_KEY": "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKL",
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
# The browser tests set it for their own process, for as long as they run; a deployment has none.
OF_BROWSER_TESTS = "DJANGO_ALLOW_ASYNC_UNSAFE"


def manage(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    around = {name: value for name, value in os.environ.items() if name != OF_BROWSER_TESTS}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**around, **environment},
        capture_output=True,
        text=True,
    )


def test_the_settings_name_what_they_read() -> None:
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "DEMO"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_explained_in_the_readme(name: str) -> None:
    assert f"`{name}`" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["shell", "dbshell"])
def test_how_the_database_is_reached_stands_in_its_address(command: str) -> None:
    """A connection that must be encrypted is, for the portal's role and for the owner's."""
    address = "postgresql://portal:word@database.example.in:5432/esachivalaya?sslmode=verify-full"
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "from esachivalaya.settings import DATABASES; print(DATABASES['default']['OPTIONS'])",
            command,
        ],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address, "DATABASE_OWNER_URL": address},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ast.literal_eval(told.stdout) == {"sslmode": "verify-full", "connect_timeout": 5}


def test_django_finds_nothing_to_mend_in_production() -> None:
    told = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "mysql://somewhere/else"),
        ("REDIS_URL", "nonsense"),
        ("PUBLIC_URL", "esachivalaya"),
        ("DEMO", "perhaps"),
        ("MEETING_ENGINE", "zoom"),
        ("MEETING_CALLS", "perhaps"),
        ("TURN_URLS", "https://relay.example.in"),
        ("TURN_URLS", "turns:relay.example.in:https"),
        ("TURN_URLS", "turn:relay.example.in:3478?transport=sctp"),
        ("TURN_URLS", "turn:"),
        ("STUN_URLS", "turn:relay.example.in:3478"),
        ("RELAY_ONLY", "perhaps"),
        ("JITSI_URL", "meet.example.in"),
        ("LOG_FORMAT", "xml"),
        ("METRICS_NETWORKS", "10.20.0.0/99"),
        ("SENTRY_DSN", "https://sentry.example.in/1"),
        ("CODES_PER_DAY", "0"),
        ("DATABASE_REPORTS_URL", "mysql://somewhere/else"),
        ("UPLOADS_URL", "https://store.example.in/papers"),
        ("UPLOADS_URL", "s3://store.example.in/papers"),
        ("UPLOADS_URL", "s3://key:secret@store.example.in"),
    ],
)
def test_a_missing_or_malformed_value_stops_with_its_name(name: str, value: str) -> None:
    told = manage("check", **{name: value})
    assert told.returncode != 0
    assert name in told.stderr.splitlines()[-1]
