"""The production set-up is held against the settings: it cannot rot unnoticed."""

import ipaddress
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import RequestFactory

from esachivalaya.common.scans import LARGEST_FORM
from esachivalaya.common.uploads import limits_of
from tests.access.places import addresses

ROOT = Path(settings.BASE_DIR)
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PORTAL = ["migrate", "web", "worker", "sender", "beat"]
# Only with their profile. Jitsi's images begin as root and step down by themselves.
JITSI = ["jitsi-web", "jitsi-prosody", "jitsi-jicofo", "jitsi-jvb"]
READ_BY_SETTINGS = set(
    re.findall(
        r'environment\.(?:text|switch|listed|parsed)\(\s*"([A-Z_]+)"',
        (ROOT / "esachivalaya" / "settings.py").read_text(encoding="utf-8"),
    )
)
MUST_BE_GIVEN = {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "ALLOWED_HOSTS"}
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY$|_URL$")


def test_everything_a_portal_needs_is_there() -> None:
    assert set(SERVICES) == {*PORTAL, "db", "redis", "proxy", "relay", *JITSI}


@pytest.mark.parametrize("name", PORTAL)
def test_the_portal_gets_settings_that_exist(name: str) -> None:
    given = set(SERVICES[name]["environment"])
    assert given <= READ_BY_SETTINGS
    assert given >= MUST_BE_GIVEN


def test_only_migrations_know_the_owner_of_the_tables() -> None:
    knowing = [
        name for name in SERVICES if "DATABASE_OWNER" in str(SERVICES[name].get("environment"))
    ]
    assert sorted(knowing) == ["db", "migrate"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_secret_stands_in_the_file(name: str) -> None:
    for setting, value in SERVICES[name].get("environment", {}).items():
        if not SECRET.search(setting) or setting == "PUBLIC_URL":
            continue
        for secret in re.findall(r"://[^@/:]*:([^@]+)@", value) or [value]:
            assert secret.startswith("${"), f"{name}: {setting}"


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(JITSI)))
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
            assert source.startswith("./given") or (ROOT / source).is_file(), (
                f"{name}: {volume} {target}"
            )


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    reached = {name for name, service in SERVICES.items() if service.get("ports")}
    # What carries picture and sound is reached by browsers, and knows nothing of the portal.
    assert reached == {"proxy", "relay", "jitsi-web", "jitsi-jvb"}
    for name in ("relay", *JITSI):
        assert not {"inside", "outside"} & set(SERVICES[name]["networks"])
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


PROXY = (ROOT / "docker" / "nginx.conf").read_text()


def let_through(path: str) -> int:
    """How many MB the proxy lets a form at this address bring."""
    largest = int(re.findall(r"^    client_max_body_size (\d+)m;", PROXY, re.MULTILINE)[0])
    for place, inside in re.findall(r"location ~ (\S+) \{(.*?)\n        \}", PROXY, re.DOTALL):
        if re.search(place, path) and (own := re.search(r"client_max_body_size (\d+)m;", inside)):
            return int(own[1])
    return largest


def test_the_proxy_lets_the_largest_scans_through_and_nothing_else_of_that_size() -> None:
    # Names as they come, so that what takes scans one day is found.
    paths = [each.path({}) for each in addresses()]
    taking = [path for path in paths if limits_of(RequestFactory().get(path))[1] == LARGEST_FORM]
    assert taking
    for path in paths:
        assert (let_through(path) * 1024 * 1024 >= LARGEST_FORM) == (path in taking), path


def test_the_proxy_writes_no_address_that_was_asked_for_into_its_log() -> None:
    """Lines of nginx below "crit" carry the request line."""
    assert re.findall(r"^\s*error_log\s+(.*);", PROXY, re.MULTILINE) == ["/dev/stderr crit"]
    (told,) = re.findall(r"log_format asked '(.*)';", PROXY)
    assert set(told.split()) & {"$request", "$request_uri", "$uri", "$args"} == set()


@pytest.mark.parametrize("name", ["relay", *JITSI])
def test_what_carries_meetings_runs_only_when_it_is_wanted(name: str) -> None:
    service = SERVICES[name]
    assert service["profiles"] == ["jitsi" if name in JITSI else "relay"]
    assert re.search(r":(stable-)?[0-9]+[0-9.-]*$", service["image"]), "a pinned tag"
    assert service["security_opt"] == ["no-new-privileges:true"]
    # Compose reads the whole file whoever is started: what only they need may be missing.
    lacking = re.findall(r"\$\{([A-Z_]+):\?", str(service))
    assert set(lacking) <= {"CERTIFICATES"}


def test_jitsi_lets_in_by_the_portals_token_alone() -> None:
    for name in JITSI:
        told = SERVICES[name]["environment"]
        assert (told["ENABLE_AUTH"], told["AUTH_TYPE"], told["ENABLE_GUESTS"]) == ("1", "jwt", "0")
        assert (told["ENABLE_RECORDING"], told["ENABLE_TRANSCRIPTIONS"]) == ("0", "0")
        assert told["XMPP_DOMAIN"] == SERVICES["web"]["environment"]["JITSI_XMPP_DOMAIN"]
    prosody = SERVICES["jitsi-prosody"]["environment"]
    for name in ("JWT_APP_ID", "JWT_ACCEPTED_ISSUERS", "JWT_ACCEPTED_AUDIENCES"):
        assert prosody[name] == SERVICES["web"]["environment"]["JITSI_APP_ID"]
    assert prosody["JWT_APP_SECRET"] == SERVICES["web"]["environment"]["JITSI_APP_SECRET"]
    assert (prosody["JWT_ALLOW_EMPTY"], prosody["JWT_ENABLE_DOMAIN_VERIFICATION"]) == ("0", "1")
    assert len({SERVICES[name]["image"].partition(":")[2] for name in JITSI}) == 1


def test_nobody_is_a_moderator_of_jitsi_but_by_the_token() -> None:
    jicofo = SERVICES["jitsi-jicofo"]["environment"]
    assert (jicofo["JICOFO_ENABLE_AUTH"], jicofo["ENABLE_AUTO_OWNER"]) == ("0", "0")
    modules = SERVICES["jitsi-prosody"]["environment"]["XMPP_MUC_MODULES"]
    assert modules == "token_affiliation"


TURN = (ROOT / "docker" / "turnserver.conf").read_text()


def test_the_relay_takes_only_credentials_of_the_portal() -> None:
    lines = TURN.splitlines()
    assert "use-auth-secret" in lines
    assert not {"no-auth", "lt-cred-mech", "allow-loopback-peers"} & set(lines)
    assert "static-auth-secret" not in TURN
    command = " ".join(SERVICES["relay"]["command"])
    assert '--static-auth-secret="$$TURN_SECRET"' in command


def test_the_relay_listens_for_tls_where_offices_can_reach_it() -> None:
    assert "tls-listening-port=5349" in TURN
    assert any(port.endswith(":443:5349/tcp") for port in SERVICES["relay"]["ports"])


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "fd00::1",
        "fe80::1",
        "ff02::1",
    ],
)
def test_the_relay_leads_into_no_private_network(address: str) -> None:
    assert _denied(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "193.0.0.1", "2400:cb00::1"])
def test_the_relay_leads_to_people(address: str) -> None:
    assert not _denied(address)


def _denied(address: str) -> bool:
    wanted = ipaddress.ip_address(address)
    for first, last in re.findall(r"^denied-peer-ip=(\S+?)-(\S+)$", TURN, re.MULTILINE):
        low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
        if low.version == wanted.version and int(low) <= int(wanted) <= int(high):
            return True
    return False
