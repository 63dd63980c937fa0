"""The files for further nodes say what the portal needs, and nothing that a node must not know."""

import configparser
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

DOCKER = Path(settings.BASE_DIR) / "docker"
NODE: dict[str, Any] = yaml.safe_load((DOCKER / "node.yml").read_text())
HERE: dict[str, Any] = yaml.safe_load((DOCKER.parent / "docker-compose.yml").read_text())
SAME = ("init", "read_only", "user", "cap_drop", "security_opt")


def test_a_node_runs_the_same_programs_as_one_machine() -> None:
    assert set(NODE["services"]) == {"web", "worker", "sender", "beat"}
    for name, service in NODE["services"].items():
        one = HERE["services"][name]
        assert service.get("command") == one.get("command"), name
        assert {part: service[part] for part in SAME} == {part: one[part] for part in SAME}


def test_a_node_keeps_nothing() -> None:
    for service in NODE["services"].values():
        assert not service.get("volumes")
        assert "/data" in service["tmpfs"]


def test_the_pooler_lends_connections_for_transactions() -> None:
    told = configparser.ConfigParser()
    told.read(DOCKER / "pgbouncer.ini")
    assert told["pgbouncer"]["pool_mode"] == "transaction"
    assert "owner" not in str(dict(told["databases"]))
    assert settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] is True
