"""The demo's e-Office: people at their desks, and papers that moved by the rules."""

from datetime import timedelta

from eoffice import verification
from eoffice.models import Desk, File, Holding, Item, Movement, Onboarding
from eoffice.permissions import seats_of
from eoffice.services import counting
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from esachivalaya.demo import making
from esachivalaya.demo.eoffice import SHOWN
from tests.demo.conftest import SMALL


def test_sections_are_at_work_and_a_second_run_makes_nothing(demo: str) -> None:
    assert all(name in demo for name in SHOWN)
    assert Onboarding.objects.count() == 3
    for code in ("rev-est-asst", "rev-est-so", "tcp-lic-us", "cmo-grv-asst"):
        (seat,) = seats_of(User.objects.get(username=code))
        assert seat.is_officer
    assert not Desk.objects.filter(rank__lt=50, post__active=True).exists()
    assert Item.objects.count() >= 60
    assert Movement.objects.filter(act="marked").count() > 20
    statuses = set(Item.objects.values_list("status", flat=True))
    assert {"open", "in_file", "closed"} <= statuses
    assert Holding.objects.open().filter(parked_until__isnull=False).exists()
    # The last months stand in the figures: what lies long, old paper files, days to roll up.
    month_ago = clock.now() - timedelta(days=30)
    assert Holding.objects.open().filter(since__lt=month_ago).exists()
    assert File.objects.exclude(old_number="").exists()
    assert counting.roll_up(limit=99) > 30
    assert Desk.objects.filter(post__district__isnull=False).exists()
    assert list(verification.findings()) == []
    before = Item.objects.count()
    assert making.make(**SMALL).nothing
    assert Item.objects.count() == before
