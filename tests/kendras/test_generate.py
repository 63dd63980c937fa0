"""Made-up Kendras: spread over the districts, named as made up, and the same ones each time."""

import io

import pytest
from django.core.management import CommandError, call_command

from kendras.models import Desk, Kendra, KendraCharge
from officials.models import District
from tests.people import make_district

pytestmark = pytest.mark.django_db


def generate(**options: int) -> str:
    out = io.StringIO()
    call_command("generate_kendras", stdout=out, **options)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _districts(db: None) -> None:
    for code in ("REW", "GGM", "PKL"):
        make_district(code)


def test_they_are_spread_over_the_districts_and_say_that_they_are_made_up() -> None:
    generate(village=30, town=6)
    for code in ("REW", "GGM", "PKL"):
        there = Kendra.objects.filter(district__code=code)
        assert there.filter(kind="atal_seva").count() == 10
        assert there.exclude(kind="atal_seva").count() == 2
    one = Kendra.objects.get(code="SAMPLE-REW-0001")
    assert one.name_en == "Sample Atal Seva Kendra 0001, Rewari"
    assert one.name_hi == "नमूना अटल सेवा केंद्र 0001, रेवाड़ी"
    assert not Kendra.objects.exclude(generated=True).exists()
    assert not Kendra.objects.exclude(code__startswith="SAMPLE-").exists()


def test_each_has_one_to_three_seats_and_some_can_be_reached() -> None:
    generate(village=60, town=0)
    seats = [kendra.desks.count() for kendra in Kendra.objects.all()]
    assert set(seats) == {1, 2, 3}
    assert 0 < Desk.objects.filter(accessible=True).count() < 60


def test_made_again_they_are_the_same_ones() -> None:
    generate(village=9, town=3, operators=14)
    before = list(Kendra.objects.values_list("pk", "code"))
    Kendra.objects.filter(code="SAMPLE-REW-0001").update(name_en="Renamed by hand")
    assert "0 Kendras made\n0 operators made" in generate(village=9, town=3, operators=14)
    assert list(Kendra.objects.values_list("pk", "code")) == before
    assert Kendra.objects.get(code="SAMPLE-REW-0001").name_en == "Renamed by hand"
    generate(village=12, town=3)
    assert Kendra.objects.count() == 15


def test_operators_serve_one_after_the_other() -> None:
    generate(village=3, town=0, operators=4)
    charges = KendraCharge.objects.filter(kind="operator")
    names = charges.filter(kendra__code="SAMPLE-GGM-0001").values_list("user__username", flat=True)
    assert set(names) == {"sample-ggm-0001", "sample-ggm-0001-2"}
    assert charges.live().count() == 4
    assert not any(charge.user.has_usable_password() for charge in charges)


def test_without_districts_it_says_what_to_do() -> None:
    District.objects.all().delete()
    with pytest.raises(CommandError, match="import_districts"):
        generate()
