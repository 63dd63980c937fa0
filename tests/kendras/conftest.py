"""What the tests of Kendras begin with: two counters, who stands at them, and who oversees them.

``kendra`` is open every day from 8 to 20, so that no test depends on the day on which it runs.
"""

from collections.abc import Callable

import pytest
from django.test import Client

from esachivalaya.accounts.models import User
from esachivalaya.accounts.services.staff import note_sign_in
from kendras.models import Kendra
from kendras.services import operator_pins
from officials.models import Post
from tests.counters import make_kendra, oversee, serve_at
from tests.kendras.sitting import PINS, At
from tests.people import Cast, make_cast, make_post, make_staff, open_hours, sign_in_staff


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def kendra(db: None) -> Kendra:
    """A village's Kendra in Rewari district: two seats, the second for a wheelchair."""
    return make_kendra("REW-0001")


@pytest.fixture
def other_kendra(db: None) -> Kendra:
    """A town's Kendra in Gurugram district, whose bookings are nobody else's business."""
    return make_kendra(
        "GGM-0001",
        district="GGM",
        kind="saral",
        name_en="Saral Kendra Sohna",
        name_hi="सरल केंद्र सोहना",
        block_en="Sohna",
        block_hi="सोहना",
        address_en="Tehsil road, Sohna",
        address_hi="तहसील मार्ग, सोहना",
    )


@pytest.fixture
def operator(kendra: Kendra) -> User:
    """Pooja, whose charge at ``kendra`` is live."""
    return serve_at(kendra, make_staff("pooja", name_en="Pooja Rani", name_hi="पूजा रानी"))


@pytest.fixture
def other_operator(other_kendra: Kendra) -> User:
    """Vikas, whose charge at ``other_kendra`` is live."""
    return serve_at(
        other_kendra, make_staff("vikas", name_en="Vikas Dahiya", name_hi="विकास दहिया")
    )


@pytest.fixture
def supervisor(kendra: Kendra) -> User:
    """Sunita, who oversees the Kendras of Rewari district and none of Gurugram's."""
    return oversee(
        kendra.district, make_staff("sunita", name_en="Sunita Hooda", name_hi="सुनीता हुड्डा")
    )


@pytest.fixture
def gurugram(cast: Cast) -> Post:
    """Another office with the same hours, whose meetings are attended at the same seats."""
    post = make_post("DC-GGM")
    open_hours(post)
    return post


@pytest.fixture
def at_counter() -> Callable[[Client, User], Client]:
    """``at_counter(client, user)``: signed in with the second factor, reading English."""

    def signed_in(client: Client, user: User) -> Client:
        client.cookies["language"] = "en"
        return sign_in_staff(client, user)

    return signed_in


@pytest.fixture
def pooja(operator: User) -> User:
    operator_pins.set_pin(user=operator, pin=PINS["pooja"])
    return operator


@pytest.fixture
def rakesh(kendra: Kendra) -> User:
    """The second operator of the Kendra, who signed in with both factors lately."""
    user = serve_at(kendra, make_staff("rakesh", name_en="Rakesh Yadav", name_hi="राकेश यादव"))
    operator_pins.set_pin(user=user, pin=PINS["rakesh"])
    note_sign_in(user=user)
    return user


@pytest.fixture
def here(client: Client, pooja: User, at_counter: At) -> Client:
    """Pooja's session at the counter."""
    return at_counter(client, pooja)
