"""Call me back: on the desk of the office until somebody has called."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from appointments.models import CallBack, Request
from appointments.services import call_backs
from appointments.services.timeline import entries
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.states import Overtaken
from tests.booking import sent_by_asha
from tests.office import assert_strict, content
from tests.people import Cast, make_cast, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db
PHONE = "+919800000321"
Race = Callable[..., list[Any]]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def wished(row: Request) -> CallBack:
    return call_backs.ask(request=row, phone=PHONE, language="hi")


def path(wish: CallBack) -> str:
    return f"/admin/appointments/request/call-backs/{wish.pk}/"


def test_the_desk_shows_who_to_call_until_it_is_done(client: Client, cast: Cast) -> None:
    wish = wished(sent_by_asha(cast))
    desk = sign_in_staff(client, cast.suresh)
    desk.cookies["language"] = "en"
    answer = desk.get("/admin/")
    assert_strict(answer)
    assert "98000 00321" in content(answer)
    done = desk.post(path(wish), {"key": new_key()}, follow=True)
    assert "The call is off the desk." in content(done)
    assert "98000 00321" not in content(done)
    wish.refresh_from_db()
    assert wish.done_by == cast.suresh


def test_the_button_pressed_twice_is_pressed_once(client: Client, cast: Cast) -> None:
    wish, key = wished(sent_by_asha(cast)), new_key()
    desk = sign_in_staff(client, cast.suresh)
    for _time in range(2):
        assert desk.post(path(wish), {"key": key}).status_code == 302
    titles = [entry.title for entry in entries(wish.request, for_office=True)]
    assert len(titles) == len(set(titles))


def test_the_second_of_two_colleagues_learns_who_called(client: Client, cast: Cast) -> None:
    wish = wished(sent_by_asha(cast))
    call_backs.done(call_back=wish, by=cast.meera)
    desk = sign_in_staff(client, cast.suresh)
    desk.cookies["language"] = "en"
    page = content(desk.post(path(wish), {"key": new_key()}, follow=True))
    assert "has called already" in page


@pytest.mark.parametrize("who", ["kavita", "nasreen"])
def test_other_offices_do_not_see_it(client: Client, cast: Cast, who: str) -> None:
    wish = wished(sent_by_asha(cast))
    stranger = sign_in_staff(client, getattr(cast, who))
    assert stranger.post(path(wish), {"key": new_key()}).status_code in {403, 404}
    assert "98000 00321" not in stranger.get("/admin/").content.decode()
    with pytest.raises(PermissionDenied):
        call_backs.done(call_back=wish, by=getattr(cast, who))


def test_citizens_and_strangers_do_not_reach_it(client: Client, cast: Cast) -> None:
    wish = wished(sent_by_asha(cast))
    assert client.post(path(wish), {"key": new_key()}).status_code == 302
    sign_in_household(client, cast.household)
    assert client.post(path(wish), {"key": new_key()}).status_code in {302, 403}
    wish.refresh_from_db()
    assert wish.done_at is None


def test_get_and_a_missing_key_change_nothing(client: Client, cast: Cast) -> None:
    wish = wished(sent_by_asha(cast))
    desk = sign_in_staff(client, cast.suresh)
    assert desk.get(path(wish)).status_code == 405
    assert desk.post(path(wish)).status_code == 302
    wish.refresh_from_db()
    assert wish.done_at is None


def test_after_one_call_a_citizen_may_ask_again(cast: Cast) -> None:
    row = sent_by_asha(cast)
    first = wished(row)
    assert wished(row).pk == first.pk
    call_backs.done(call_back=first, by=cast.meera)
    assert wished(row).pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_asked_and_done_at_once_from_many_phones_stay_one(
    transactional_db: None, race: Race
) -> None:
    cast = make_cast()
    row = sent_by_asha(cast)
    outcomes = race(*[lambda: wished(row) for _ in range(4)])
    assert all(one.ok for one in outcomes)
    wish = CallBack.objects.get()
    done = race(
        lambda: call_backs.done(call_back=wish, by=cast.meera),
        lambda: call_backs.done(call_back=wish, by=cast.suresh),
    )
    assert sum(one.ok for one in done) == 1
    assert [type(one.error) for one in done if not one.ok] == [Overtaken]
