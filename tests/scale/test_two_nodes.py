"""Two web nodes, one database behind PgBouncer: nobody notices which of them answers."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lib import pooler

from appointments import diary
from appointments.models import Hold, Request
from esachivalaya.accounts import tries
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.models import StoredFile
from tests.accounts.sent import code_sent_to
from tests.appointments.citizens import ABOUT, fill_all, fill_before_sign_in, later_span, url
from tests.object_stores import Store
from tests.papers import pdf
from tests.people import Cast, make_citizen, make_household, sign_in_household
from tests.scale import nodes
from tests.scale.nodes import Node, Person

pytestmark = pytest.mark.django_db(transaction=True)
PHONE, TYPED = "+919800000077", "98000 00077"
Nodes = tuple[Node, Node]


@pytest.fixture(scope="module")
def both(
    django_db_setup: None,
    django_db_blocker: Any,
    store: Store,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Nodes]:
    """Two web servers that share what nodes share, and nothing else."""
    with (
        pooler.running(pooler.program(), nodes.direct_address(), pool=8) as database,
        nodes.two(database, store.url("nodes"), tmp_path_factory.mktemp("nodes")) as found,
    ):
        for node in found:
            node.start(nodes.WEB)
        for node in found:
            node.wait_for_web()
        yield found


def signed_in(client: Client) -> Person:
    """The browser of whoever ``client`` is."""
    person = Person()
    person.cookies["sessionid"] = client.cookies["sessionid"].value
    return person


def ready_to_send(cast: Cast, slot: str, *, phone: str = "") -> Person:
    """Somebody who has filled in everything and has only to press."""
    client = Client()
    household = make_household(phone) if phone else cast.household
    citizen = make_citizen(household=household) if phone else cast.asha
    fill_all(sign_in_household(client, household), cast.rewari, slot, citizen)
    return signed_in(client)


def test_who_signs_in_by_one_node_is_signed_in_at_the_other(both: Nodes) -> None:
    a, b = both
    person = Person()
    asked = person.post(a, reverse("accounts:sign-in"), phone=TYPED, key=new_key())
    assert asked.status == 302
    given = person.post(b, reverse("accounts:sign-in-code"), code=code_sent_to(PHONE))
    assert given.location.startswith(reverse("accounts:first-person"))
    household = reverse("accounts:household")
    assert person.get(a, household).status == person.get(b, household).status == 200
    assert person.post(b, reverse("accounts:sign-out")).status == 302
    assert person.get(a, household).location.startswith(reverse("accounts:sign-in"))


def test_one_form_pressed_at_both_nodes_at_once_acts_once(
    both: Nodes, cast: Cast, race: Callable[..., Any]
) -> None:
    slot = diary.slot_value(later_span(cast.rewari))
    person, key = ready_to_send(cast, slot), new_key()
    presses = [
        lambda node=node: person.post(node, url("DC-REW", "check"), key=key)
        for node in (*both, *both)
    ]
    answers = [outcome.value for outcome in race(*presses)]
    assert {answer.status for answer in answers} <= {302, 303}
    row = Request.objects.get()
    assert {person.get(both[0], a.location).location or a.location for a in answers} == {
        reverse("appointments:detail", args=[row.reference])
    }


def test_one_time_asked_for_at_both_nodes_at_once_is_given_once(
    both: Nodes, cast: Cast, race: Callable[..., Any]
) -> None:
    slot = diary.slot_value(later_span(cast.rewari))
    people = [ready_to_send(cast, slot, phone=f"+9198000001{number:02}") for number in range(1, 7)]
    presses = [
        lambda person=person, node=node: person.post(node, url("DC-REW", "check"), key=new_key())
        for person, node in zip(people, itertools.cycle(both), strict=False)
    ]
    answers = [outcome.value.status for outcome in race(*presses)]
    assert sorted(answers) == [303, 409, 409, 409, 409, 409]
    assert Hold.objects.filter(released_at=None).count() == 1


def test_tries_at_one_node_count_at_the_other(both: Nodes, cast: Cast) -> None:
    allowed, _seconds = tries.LIMITS["track"]
    wrong = {"reference": "ES-2222-2222-2", "pin": "123456"}
    told = [
        Person().post(node, reverse("appointments:track"), **wrong).status
        for _time, node in zip(range(allowed + 1), itertools.cycle(both), strict=False)
    ]
    assert 429 not in told[:allowed]
    assert told[allowed] == 429


def test_a_paper_sent_by_one_node_is_read_at_the_other(both: Nodes, cast: Cast) -> None:
    a, b = both
    client = sign_in_household(Client(), cast.household)
    fill_before_sign_in(client, cast.rewari, "any", **ABOUT)
    person, content = signed_in(client), pdf(2, label="seen everywhere")
    assert person.upload(a, url("DC-REW", "papers"), "paper1", content).status == 302
    told = {"citizen": cast.asha.pk, "key": new_key()}
    assert person.post(b, url("DC-REW", "person"), **told).status == 302
    sent = person.post(a, url("DC-REW", "check"), key=new_key())
    assert sent.status == 303
    row = Request.objects.get()
    where = reverse("appointments:paper", args=[row.reference, 1])
    for node in both:
        assert person.get(node, where).body == content
        assert Person().get(node, where).status in {302, 404}
    assert StoredFile.objects.count() == 1


def test_a_node_keeps_nothing_of_its_own(both: Nodes) -> None:
    """Runs after any of the others, or alone: it holds all the same."""
    for node in both:
        assert node.files() == []
        assert Person().get(node, "/readyz").status == 200


def test_a_node_that_is_gone_takes_nothing_with_it(
    both: Nodes, cast: Cast, store: Store, tmp_path: Path
) -> None:
    slot = diary.slot_value(later_span(cast.rewari))
    person = ready_to_send(cast, slot)
    environment = both[0].environment
    with nodes.two(environment["DATABASE_URL"], environment["UPLOADS_URL"], tmp_path) as (c, _d):
        c.start(nodes.WEB)
        c.wait_for_web()
        assert person.get(c, url("DC-REW", "check")).status == 200
    assert person.post(both[1], url("DC-REW", "check"), key=new_key()).status == 303
