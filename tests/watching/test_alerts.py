"""Alerts ask for figures that exist, and say what to do."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client

from esachivalaya.common import sweeps
from esachivalaya.notifications.models import Breaker
from esachivalaya.watching import judging, work
from tests.watching.test_metrics import figures

ROOT = Path(settings.BASE_DIR)
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "docker" / "prometheus" / "rules.yml").read_text())[
        "groups"
    ]
    for rule in group["rules"]
]
GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
# What Prometheus itself says of whom it asks.
ITS_OWN = {"up"}
NAME = re.compile(r"\b(esachivalaya_[a-z_]+|up)\b")


def expression(name: str) -> str:
    (rule,) = [rule for rule in RULES if rule["alert"] == name]
    return str(rule["expr"])


@pytest.mark.django_db
def test_every_figure_that_an_alert_names_exists(client: Client, inside: dict[str, str]) -> None:
    # A gateway that never failed has no row, and no figure.
    Breaker.objects.create(gateway="twilio", channel="sms", state="closed")
    client.get("/how-it-works/")
    sweeps.done("enforce_deadlines")
    there = {name.partition("{")[0] for name in figures(client, inside)}
    for rule in RULES:
        asked = set(NAME.findall(rule["expr"])) - ITS_OWN
        assert asked <= there, rule["alert"]
        assert asked or ITS_OWN & set(NAME.findall(rule["expr"])), rule["alert"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_every_alert_says_what_happened_and_the_guide_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["labels"]["severity"] in {"page", "ticket"}
    section = re.search(
        rf"^### {rule['alert']}\n(.+?)(?=^### |\Z)", GUIDE, re.MULTILINE | re.DOTALL
    )
    assert section, "docs/operations.md says nothing of it"
    assert section.group(1).startswith(f"*{rule['labels']['severity']}.*")


def test_the_guide_speaks_of_no_alert_that_is_not_there() -> None:
    told = set(re.findall(r"^### (\w+)$", GUIDE, re.MULTILINE))
    assert told == {rule["alert"] for rule in RULES}


@pytest.mark.parametrize(
    ("alert", "bound"),
    [
        ("PromiseNotKept", f"> {judging.PAST_DUE_SECONDS:.0f}"),
        ("MessagesLate", f"> {judging.LANE_SECONDS:.0f}"),
        ("OfficesDoNotAnswer", f">= {judging.BREACHES_A_DAY}"),
        ("MessagesFailing", f">= {judging.FAILED_LEAST}"),
        ("MessagesFailing", f"> {judging.FAILED_PART} *"),
        ("CodesNearDayLimit", f"> {judging.CODES_PART} *"),
        ("PapersDiskFull", f"< {judging.ROOM_BYTES // 1024**3} *"),
    ],
)
def test_alerts_and_the_operators_page_have_the_same_bounds(alert: str, bound: str) -> None:
    assert bound in expression(alert)


def test_all_regular_work_is_watched() -> None:
    """What beat asks for and remembers its success has a time from which it is late."""
    remembered = set()
    for path in (*ROOT.glob("*/**/tasks.py"), ROOT / "plasma/services/receipts.py"):
        if ".venv" not in path.parts:
            remembered |= set(re.findall(r'sweeps\.done\("(\w+)"\)', path.read_text()))
    assert remembered
    assert remembered <= {one.name for one in work.ALL}


@pytest.mark.parametrize("one", work.ALL, ids=lambda one: one.name)
def test_work_is_late_only_after_it_was_due_more_than_twice(one: work.Work) -> None:
    schedule: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE
    word = one.name.removeprefix("plasma_").removeprefix("eoffice_")
    due = [
        float(entry["schedule"])
        for entry in schedule.values()
        if entry["task"].endswith(word) or entry["task"].startswith(f"{one.name}.")
    ]
    if one.name == "audit_anchor":
        due = [24 * 3600.0 / 2]
    assert due, one.name
    assert one.late_after > 2 * min(due)
