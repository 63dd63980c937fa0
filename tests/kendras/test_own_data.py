"""How a person agreed at a counter is handed out to them."""

import pytest

from esachivalaya.accounts.models import User
from esachivalaya.accounts.services import own_data
from kendras.models import Kendra
from tests.at_a_kendra import booked, known, paper
from tests.people import Cast

pytestmark = pytest.mark.django_db


def test_the_proof_is_handed_out_but_for_private_requests(
    cast: Cast, kendra: Kendra, operator: User
) -> None:
    done = booked(
        kendra, operator, cast.rewari, person=known(cast.asha), consent=paper("SL-000777")
    )
    booked(kendra, operator, cast.division, person=known(cast.asha), slot=None, private=True)
    told = next(found for found in own_data.held(cast.asha) if found.key == "kendras")
    assert [(row["reference"], row["slip"], row["kendra"]) for row in told.rows] == [
        (done.reference, "SL-000777", kendra.code)
    ]
    assert "SL-000777" in str(told.lines)
