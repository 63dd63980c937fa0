"""The production set-up is held against the settings: it cannot rot unnoticed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PORTAL = ["migrate", "web", "worker", "sender", "beat"]
READ_BY_SETTINGS = set(
    re.findall(
        r'environment\.(?:text|switch|listed|parsed)\(\s*"([A-Z_]+)"',
        (ROOT / "esachivalaya" / "settings.py").read_text(encoding="utf-8"),
    )
)
MUST_BE_GIVEN = {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "ALLOWED_HOSTS"}
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY$|_URL$")


def test_everything_a_portal_needs_is_there() -> None:
    assert set(SERVICES) == {*PORTAL, "db", "redis", "proxy"}


@pytest.mark.parametrize("name", PORTAL)
def test_the_portal_gets_settings_that_exist(name: str) -> None:
    given = set(SERVICES[name]["environment"])
    assert given <= READ_BY_SETTINGS
    assert given >= MUST_BE_GIVEN


def test_only_migrations_know_the_owner_of_the_tables() -> None:
    knowing = [name for name in SERVICES if "OWNER" in str(SERVICES[name].get("environment"))]
    assert sorted(knowing) == ["db", "migrate"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_secret_stands_in_the_file(name: str) -> None:
    for setting, value in SERVICES[name].get("environment", {}).items():
        if not SECRET.search(setting) or setting == "PUBLIC_URL":
            continue
        for secret in re.findall(r"://[^@/:]*:([^@]+)@", value) or [value]:
            assert secret.startswith("${"), f"{name}: {setting}"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_nothing_runs_as_root_or_gains_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["user"].split(":")[0] not in {"", "0", "root"}
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_service_says_whether_it_is_well(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"


def test_data_stands_in_named_volumes() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source, target, *mode = re.sub(r"\$\{[^}]*\}", "./given", volume).split(":")
            if source in COMPOSE["volumes"]:
                continue
            assert mode == ["ro"], f"{name}: {volume}"
            assert source == "./given" or (ROOT / source).is_file(), f"{name}: {volume} {target}"


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("db", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_the_image_runs_as_nobody_and_pins_what_it_installs() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER 10001$", text, re.MULTILINE)
    assert "--require-hashes -r /tmp/requirements.txt" in text
    assert SERVICES["web"]["user"] == "10001:10001"


def test_commands_name_what_exists() -> None:
    for name in ("worker", "beat"):
        assert "esachivalaya.celery:app" in SERVICES[name]["command"]
    assert (ROOT / "esachivalaya" / "celery.py").exists()
    assert (ROOT / "esachivalaya" / "wsgi.py").exists()
    assert "server web:8000;" in (ROOT / "docker" / "nginx.conf").read_text()
