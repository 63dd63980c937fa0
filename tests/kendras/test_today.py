"""What stands beside the form, fetched anew by a page that is left open all day."""

from collections.abc import Callable

import pytest
from django.test import Client

from esachivalaya.accounts.models import User
from esachivalaya.common.clock import day_of, now
from kendras.models import Kendra, KendraNotice
from kendras.services import tokens
from tests.office import queries
from tests.people import Cast

SignIn = Callable[[Client, User], Client]
ADDRESS = "/kendra/REW-0001/today/"


@pytest.fixture
def counter(client: Client, operator: User, at_counter: SignIn) -> Client:
    """Pooja at the counter of her Kendra."""
    return at_counter(client, operator)


def test_queue_meetings_and_messages_are_shown_without_the_form(
    counter: Client, cast: Cast, kendra: Kendra, operator: User
) -> None:
    tokens.issue(kendra=kendra, by=operator)
    KendraNotice.objects.create(
        kendra=kendra, kind="running_late", post=cast.rewari, minutes=20, day=day_of(now())
    )
    page = counter.get(ADDRESS).content.decode()
    for part in ("tokens", "meetings", "notices"):
        assert f'data-part="{part}"' in page
    assert "DC Rewari runs about 20 minutes late" in page
    assert 'name="phone"' not in page


def test_another_kendras_is_a_404_and_nobody_posts_to_it(
    counter: Client, cast: Cast, other_kendra: Kendra
) -> None:
    assert counter.get("/kendra/GGM-0001/today/").status_code == 404
    assert counter.post(ADDRESS).status_code == 405
    assert Client().get(ADDRESS).status_code == 302


def test_a_full_hall_takes_as_many_queries_as_an_empty_one(
    counter: Client, kendra: Kendra, operator: User
) -> None:
    queries(counter, ADDRESS)
    before = queries(counter, ADDRESS)
    for _number in range(20):
        tokens.issue(kendra=kendra, by=operator)
    assert len(queries(counter, ADDRESS)) == len(before)
