"""Forms sent twice, officials who answer at once, and those who have no business here."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Request
from appointments.services import answers
from esachivalaya.common import clock
from officials.models import Charge, Post
from tests.booking import sent, sent_by_asha, slots
from tests.office import answer_data, content, give, page, sms, told
from tests.people import (
    Cast,
    make_cast,
    sign_in_household,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db
WORDS = "The tehsildar decides this. Please take the map and the old order with you."


def test_the_same_form_sent_twice_acts_once_and_says_the_same(
    office: Client, asked: Request
) -> None:
    data = answer_data(asked, reason="court", words=WORDS)
    address = reverse("admin:appointments_request_answer", args=[asked.reference, "decline"])
    first, second = office.post(address, data), office.post(address, data)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert "The request is declined" in told(second)
    assert sms(asked, "request_declined") == 1


def test_handing_over_twice_by_the_same_form_says_the_same(
    office: Client, asked: Request, gurugram: Post
) -> None:
    data = answer_data(asked, to=str(gurugram.pk), words=WORDS)
    address = reverse("admin:appointments_request_answer", args=[asked.reference, "hand-over"])
    first, second = office.post(address, data), office.post(address, data)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert asked.post_id != gurugram.pk


def test_the_same_key_with_other_words_is_not_taken_for_the_first(
    office: Client, cast: Cast
) -> None:
    first, second = sent_by_asha(cast), sent(cast.rewari, cast.ramesh, None)
    data = answer_data(first, reason="court", words=WORDS)
    address = "admin:appointments_request_answer"
    office.post(reverse(address, args=[first.reference, "decline"]), data)
    again = office.post(reverse(address, args=[second.reference, "decline"]), data)
    assert again.status_code == 409
    assert WORDS in content(again)
    second.refresh_from_db()
    assert second.status == "requested"


def test_who_comes_second_reads_who_answered_and_when_and_keeps_the_words(
    office: Client, asked: Request, cast: Cast
) -> None:
    answers.confirm(request=asked, by=cast.meera, version=asked.version)
    lost = give(office, asked, "decline", reason="court", words=WORDS)
    assert lost.status_code == 409
    shown = content(lost)
    assert "Meera Yadav confirmed it at the time asked for" in shown
    assert "readonly" in shown
    assert WORDS in shown
    asked.refresh_from_db()
    assert asked.status == "confirmed"


def test_a_stale_form_that_can_still_be_sent_comes_back_filled_in(
    office: Client, asked: Request, cast: Cast
) -> None:
    answers.offer(
        request=asked, slot=slots(cast.rewari, 1)[0], by=cast.meera, version=asked.version
    )
    lost = give(office, asked, "decline", reason="court", words=WORDS)
    assert lost.status_code == 409
    assert "Meera Yadav offered the citizen another time" in content(lost)
    form = lost.context["form"]
    asked.refresh_from_db()
    assert form["words"].value() == WORDS
    assert form["version"].value() == str(asked.version)
    data = {name: str(form[name].value()) for name in ("key", "version", "reason", "words")}
    address = reverse("admin:appointments_request_answer", args=[asked.reference, "decline"])
    assert office.post(address, data).status_code == 302
    asked.refresh_from_db()
    assert asked.status == "declined"


def test_who_answers_what_a_colleague_handed_away_is_told_so_and_keeps_the_words(
    office: Client, asked: Request, cast: Cast, gurugram: Post
) -> None:
    answers.hand_over(
        request=asked, to=gurugram, by=cast.meera, version=asked.version, words="Yours, please."
    )
    address = reverse("admin:appointments_request_answer", args=[asked.reference, "decline"])
    data = answer_data(asked, reason="court", words=WORDS)
    lost = office.post(address, data, headers={"origin": "http://testserver"})
    assert lost.status_code == 409
    assert "Meera Yadav handed it to another office" in content(lost)
    assert WORDS in content(lost)
    assert asked.citizen.name not in content(lost)


def test_the_words_survive_the_change_of_language(office: Client, asked: Request) -> None:
    shown = give(office, asked, "decline", reason="court", words=WORDS, switch_language="hi")
    assert 'lang="hi"' in content(shown)
    assert WORDS in content(shown)
    asked.refresh_from_db()
    assert asked.status == "requested"


@pytest.mark.parametrize("slug", ["confirm", "decline", "hand-over", "cancel", "outcome"])
def test_the_staff_of_another_post_find_nothing(
    client: Client, cast: Cast, asked: Request, slug: str
) -> None:
    sign_in_staff(client, cast.kavita)
    assert client.get(page(asked)).status_code == 404
    assert give(client, asked, slug, words=WORDS, reason="court").status_code == 404
    asked.refresh_from_db()
    assert asked.status == "requested"


def test_a_household_never_reaches_the_offices_page(
    client: Client, cast: Cast, asked: Request
) -> None:
    sign_in_household(client, cast.household)
    assert client.get(page(asked)).status_code == 302
    assert give(client, asked, "confirm").status_code == 302
    asked.refresh_from_db()
    assert asked.status == "requested"


def test_a_charge_that_ended_a_second_ago_answers_nothing(
    office: Client, asked: Request, cast: Cast
) -> None:
    sent(cast.rewari, cast.ramesh, None)
    Charge.objects.filter(user=cast.suresh).update(ends_at=clock.now() - timedelta(seconds=1))
    assert give(office, asked, "confirm").status_code == 302
    asked.refresh_from_db()
    assert asked.status == "requested"


def test_only_a_form_that_was_sent_answers(office: Client, asked: Request) -> None:
    address = reverse("admin:appointments_request_answer", args=[asked.reference, "confirm"])
    assert office.get(address)["Location"] == f"{page(asked)}?answer=confirm"
    assert office.head(address).status_code == 302
    assert office.put(address).status_code == 405
    assert office.delete(address).status_code == 405
    unknown = reverse("admin:appointments_request_answer", args=[asked.reference, "grant"])
    assert office.post(unknown).status_code == 404
    asked.refresh_from_db()
    assert asked.status == "requested"


def test_a_form_without_its_secret_is_refused(asked: Request, cast: Cast) -> None:
    strict = sign_in_staff(Client(enforce_csrf_checks=True), cast.suresh)
    assert give(strict, asked, "confirm").status_code == 403
    asked.refresh_from_db()
    assert asked.status == "requested"


def test_of_two_officials_who_answer_at_once_one_wins_and_the_other_reads_it(
    race: Any,
) -> None:
    cast = make_cast()
    asked = sent_by_asha(cast)
    clients = [sign_in_staff(Client(), cast.suresh), sign_in_staff(Client(), cast.meera)]
    for client in clients:
        client.cookies["language"] = "en"
    outcomes = race(
        lambda: give(clients[0], asked, "confirm"),
        lambda: give(clients[1], asked, "decline", reason="court", words=WORDS),
    )
    assert all(outcome.ok for outcome in outcomes), [outcome.error for outcome in outcomes]
    assert sorted(outcome.value.status_code for outcome in outcomes) == [302, 409]
    asked.refresh_from_db()
    winner = 0 if outcomes[0].value.status_code == 302 else 1
    assert asked.status == ("confirmed", "declined")[winner]
    loser = outcomes[1 - winner].value.content.decode()
    assert ("Suresh Sharma confirmed it", "Meera Yadav declined it")[winner] in loser
    assert sms(asked, "request_confirmed") + sms(asked, "request_declined") == 1


def test_one_form_sent_by_two_threads_at_once_acts_once(race: Any) -> None:
    cast = make_cast()
    asked = sent_by_asha(cast)
    clients = [sign_in_staff(Client(), cast.suresh) for _place in range(4)]
    data = answer_data(asked)
    address = reverse("admin:appointments_request_answer", args=[asked.reference, "confirm"])
    outcomes = race(*[lambda client=client: client.post(address, data) for client in clients])
    assert [outcome.value.status_code for outcome in outcomes if outcome.ok] == [302] * 4
    assert sms(asked, "request_confirmed") == 1
