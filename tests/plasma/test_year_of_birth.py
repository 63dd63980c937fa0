"""Five tries, counted in the database before anything is compared; then a day's rest."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections
from django.test import Client

from esachivalaya.common import clock
from plasma.models import Invitation
from plasma.services import opening
from tests.donors import make_campaign, make_donor_cast, make_invitation
from tests.plasma.donor_pages import address, open_page


def wrong(invitation: Invitation, times: int) -> list[opening.Checked]:
    return [opening.check_year(invitation=invitation, typed=1950) for _time in range(times)]


@pytest.mark.django_db
class TestTries:
    def test_each_wrong_year_costs_a_try_and_the_fifth_closes_for_a_day(
        self, invitation: Invitation
    ) -> None:
        found = wrong(invitation, 5)
        assert [one.tries_left for one in found] == [4, 3, 2, 1, 0]
        assert [one.until is None for one in found] == [True, True, True, True, False]
        until = found[-1].until
        assert until is not None
        rest = until - clock.now()
        assert timedelta(hours=23, minutes=59) < rest <= timedelta(days=1)

    def test_while_it_rests_not_even_the_right_year_opens(self, invitation: Invitation) -> None:
        wrong(invitation, 5)
        right = opening.check_year(invitation=invitation, typed=1985)
        assert not right
        assert right.until is not None
        invitation.refresh_from_db()
        assert invitation.opened_at is None

    def test_after_a_day_there_are_five_tries_again(self, invitation: Invitation) -> None:
        wrong(invitation, 5)
        past = clock.now() - timedelta(seconds=1)
        Invitation.objects.filter(pk=invitation.pk).update(closed_until=past)
        assert [one.tries_left for one in wrong(invitation, 4)] == [4, 3, 2, 1]
        assert opening.check_year(invitation=invitation, typed=1985)

    def test_the_right_year_gives_the_tries_back(self, invitation: Invitation) -> None:
        wrong(invitation, 4)
        assert opening.check_year(invitation=invitation, typed=1985)
        invitation.refresh_from_db()
        assert (invitation.tries_left, invitation.closed_until) == (5, None)

    def test_a_donor_without_a_year_is_never_opened(self, invitation: Invitation) -> None:
        invitation.donor.year_of_birth = None
        invitation.donor.save()
        assert not opening.check_year(invitation=invitation, typed=0)


@pytest.mark.django_db
class TestPage:
    def test_a_wrong_year_says_how_many_tries_are_left(
        self, client: Client, invitation: Invitation
    ) -> None:
        answer = open_page(client, invitation, year=1986)
        page = answer.content.decode()
        assert "You can try 4 more times." in page
        assert "Suman" not in page

    def test_the_fifth_wrong_year_shows_until_when_it_rests(
        self, client: Client, invitation: Invitation
    ) -> None:
        for _time in range(4):
            open_page(client, invitation, year=1986)
        answer = open_page(client, invitation, year=1986)
        assert answer.status_code == 429
        assert "rests for a day" in answer.content.decode()
        assert open_page(Client(), invitation, year=1985).status_code == 429

    @pytest.mark.parametrize("typed", ["", "85", "abcd", "20855", "0000", "1985; --"])
    def test_what_is_no_year_costs_no_try(
        self, client: Client, invitation: Invitation, typed: str
    ) -> None:
        answer = client.post(address(invitation), {"year": typed})
        assert answer.status_code == 200
        invitation.refresh_from_db()
        assert invitation.tries_left == 5

    def test_the_year_may_be_written_in_hindi_digits(
        self, client: Client, invitation: Invitation
    ) -> None:
        assert client.post(address(invitation), {"year": "१९८५"}).status_code == 302

    def test_changing_the_language_costs_no_try_and_keeps_what_was_typed(
        self, client: Client, invitation: Invitation
    ) -> None:
        answer = client.post(address(invitation), {"year": "1986", "switch_language": "hi"})
        assert 'value="1986"' in answer.content.decode()
        invitation.refresh_from_db()
        assert invitation.tries_left == 5


@pytest.mark.django_db(transaction=True)
def test_of_twenty_wrong_years_at_once_five_are_tried(race: Callable[..., list[Any]]) -> None:
    close_old_connections()
    cast = make_donor_cast()
    invitation = make_invitation(make_campaign(cast.cohort, status="running"), cast.suman)
    outcomes = race(
        *[lambda: opening.check_year(invitation=invitation, typed=1950) for _n in range(20)]
    )
    assert all(one.ok for one in outcomes)
    invitation.refresh_from_db()
    assert invitation.tries_left == 0
    assert invitation.closed_until is not None
