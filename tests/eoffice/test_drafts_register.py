"""The dispatch desk: lists, filters, many posted at once, proof of delivery, the registry."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from eoffice.models import Classification, Desk, Dispatch, Draft, Issue
from eoffice.permissions import seat_at
from eoffice.services import dispatch_register, dispatching, filing, issuing
from eoffice.views import dispatch as dispatch_views
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from officials.models import Charge
from tests.desks import Branch, make_branch, make_correspondent, make_desk
from tests.drafting import approved
from tests.people import make_staff, sign_in_staff


def at_work(user: User) -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, user)


def issued(branch: Branch, **fields: Any) -> Issue:
    draft = approved(branch, **fields)
    return issuing.issue(
        draft=draft, desk=branch.officer, by=branch.ramesh, version=draft.version, unsigned=True
    )


def sent(branch: Branch, mode: str = "post", **more: Any) -> Dispatch:
    issue = issued(branch)
    return dispatching.send(
        issue=issue,
        addressee=issue.draft.addressees.get(),
        desk=branch.officer,
        by=branch.ramesh,
        mode=mode,
        unsigned=True,
        **more,
    )


class Unit:
    """The Central Registry Unit of the branch's department, with its clerk."""

    def __init__(self, branch: Branch) -> None:
        self.clerk = make_staff("registry.clerk")
        self.desk: Desk = make_desk("REG-1", branch.section, 10, self.clerk, registry=True)

    def page(self, **asked: Any) -> str:
        client = at_work(self.clerk)
        where = reverse("eoffice:dispatch", args=[self.desk.post.code])
        return str(client.get(where, asked).content.decode())

    def post(self, *rows: Dispatch, **more: Any) -> Any:
        where = reverse("eoffice:dispatch-posted", args=[self.desk.post.code])
        chosen = [f"{row.pk}.{row.version}" for row in rows]
        return at_work(self.clerk).post(where, {"key": new_key(), "row": chosen, **more})


@pytest.fixture
def unit(branch: Branch) -> Unit:
    return Unit(branch)


def test_everything_chosen_is_posted_at_once_each_with_its_number(
    branch: Branch, unit: Unit
) -> None:
    rows = [sent(branch, registry=unit.desk) for _turn in range(3)]
    answer = unit.post(*rows[:2], **{f"tracking_{rows[1].pk}": "EH123456789IN"})
    assert answer.status_code == 303
    first, second, third = Dispatch.objects.order_by("pk")
    assert [one.number.split("/")[0] for one in (first, second)] == ["1", "2"]
    assert (second.tracking, second.sent_by) == ("EH123456789IN", unit.clerk)
    assert third.status == Dispatch.Status.WAITING


def test_the_same_form_again_posts_nothing_twice(branch: Branch, unit: Unit) -> None:
    row, key = sent(branch, registry=unit.desk), new_key()
    for _turn in range(2):
        assert unit.post(row, key=key).status_code == 303
    assert Dispatch.objects.get().number.startswith("1/")


def test_what_was_done_meanwhile_is_named_and_the_rest_goes(branch: Branch, unit: Unit) -> None:
    rows = [sent(branch, registry=unit.desk) for _turn in range(2)]
    dispatching.cancel(
        dispatch=rows[0], desk=unit.desk, by=unit.clerk, version=1, words="Asked back"
    )
    answer = unit.post(*rows)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert f"{rows[0].issue.number}: It was sent or given back meanwhile." in text
    assert Dispatch.objects.get(pk=rows[1].pk).status == Dispatch.Status.SENT
    assert unit.post().status_code == 422


def test_what_goes_by_mail_is_not_taken_to_the_post(branch: Branch, unit: Unit) -> None:
    row = sent(branch, mode="email", registry=unit.desk)
    assert "It does not go by post." in unit.post(row).content.decode()
    assert Dispatch.objects.get().status == Dispatch.Status.WAITING


def test_another_desks_letters_are_not_posted(branch: Branch, unit: Unit) -> None:
    row = sent(branch, registry=unit.desk)
    other = make_branch("LND", "HOM")
    where = reverse("eoffice:dispatch-posted", args=[other.officer.post.code])
    fields = {"key": new_key(), "row": [f"{row.pk}.{row.version}"]}
    assert at_work(other.ramesh).post(where, fields).status_code == 303
    row.refresh_from_db()
    assert row.status == Dispatch.Status.WAITING
    assert at_work(other.ramesh).get(where).status_code == 405
    here = reverse("eoffice:dispatch-posted", args=[unit.desk.post.code])
    assert at_work(other.ramesh).post(here, fields).status_code == 404


def test_delivery_is_recorded_with_its_proof(branch: Branch) -> None:
    row, client = sent(branch), at_work(branch.ramesh)
    where = reverse("eoffice:dispatch-act", args=[branch.officer.post.code, row.pk, "delivered"])
    fields = {"key": new_key(), "version": row.version, "proof": "AD-4471"}
    assert client.post(where, fields).status_code == 303
    row.refresh_from_db()
    assert (row.status, row.proof) == (Dispatch.Status.DELIVERED, "AD-4471")
    stale = {"key": new_key(), "version": 2, "proof": "Other"}
    assert client.post(where, stale).status_code == 409


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"mode": "post"}, [True, False]),
        ({"mode": "hand"}, [False, True]),
        ({"status": "delivered"}, [False, True]),
        ({"first": "TODAY"}, [False, True]),
        ({"last": "YESTERDAY"}, [True, False]),
        ({"mode": "pigeon", "first": "never"}, [True, True]),
    ],
    ids=str,
)
def test_the_register_is_narrowed_to_mode_state_and_days(
    branch: Branch, asked: dict[str, str], shown: list[bool]
) -> None:
    old, new = sent(branch, "post"), sent(branch, "hand")
    Dispatch.objects.filter(pk=old.pk).update(sent_at=clock.now() - timedelta(days=2))
    dispatching.delivered(dispatch=new, desk=branch.officer, by=branch.ramesh, version=new.version)
    today = clock.day_of(clock.now())
    days = {"TODAY": today, "YESTERDAY": today - timedelta(days=1)}
    asked = {name: str(days.get(value, value)) for name, value in asked.items()}
    where = reverse("eoffice:dispatch", args=[branch.officer.post.code])
    page = at_work(branch.ramesh).get(where, {"show": "register", **asked}).content.decode()
    assert [row.number in page for row in (old, new)] == shown


def test_the_desk_sees_what_the_registry_has_of_its_letters(branch: Branch, unit: Unit) -> None:
    row = sent(branch, registry=unit.desk)
    where = reverse("eoffice:dispatch", args=[branch.officer.post.code])
    client = at_work(branch.ramesh)
    handed = client.get(where, {"show": "handed"}).content.decode()
    assert row.issue.number in handed
    # The registry acts on it, the desk looks.
    assert "Give back unsent" not in handed
    assert row.issue.number not in client.get(where).content.decode()
    assert row.issue.number in unit.page()
    with pytest.raises(PermissionDenied):
        dispatching.cancel(
            dispatch=row, desk=branch.officer, by=branch.ramesh, version=1, words="Mine"
        )


def test_staff_at_the_desk_do_not_find_what_they_may_not_see(branch: Branch) -> None:
    row = sent(branch)
    item = row.issue.draft.file.item
    filing.classify(
        item=item,
        classification=Classification.CONFIDENTIAL,
        desk=branch.officer,
        by=branch.ramesh,
        words="Names of witnesses",
    )
    where = reverse("eoffice:dispatch", args=[branch.officer.post.code])
    act = reverse("eoffice:dispatch-act", args=[branch.officer.post.code, row.pk, "delivered"])
    client = at_work(branch.ramesh)
    assert row.number in client.get(where, {"show": "register"}).content.decode()
    Charge.objects.of(branch.ramesh).update(kind=Charge.Kind.STAFF)
    page = client.get(where, {"show": "register"}).content.decode()
    assert row.number not in page
    assert "Model Town" not in page
    assert client.post(act, {"key": new_key(), "version": row.version}).status_code == 404


def test_the_list_goes_on_by_key_and_costs_the_same(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [sent(branch).number for _turn in range(5)]
    where = reverse("eoffice:dispatch", args=[branch.officer.post.code])
    client = at_work(branch.ramesh)
    client.get(where, {"show": "register"})
    with CaptureQueriesContext(connection) as all_at_once:
        client.get(where, {"show": "register"})
    monkeypatch.setattr(dispatch_views, "SHOWN", 2)
    seen: list[str] = []
    asked = {"show": "register"}
    for _page in range(3):
        with CaptureQueriesContext(connection) as few:
            answer = client.get(where, asked)
        assert len(few) == len(all_at_once) <= 12
        text = answer.content.decode()
        seen += [number for number in reversed(numbers) if f"<strong>{number}</strong>" in text]
        asked = {"show": "register", "after": answer.context["page"].next}
    assert seen == list(reversed(numbers))
    assert asked["after"] == ""


def test_all_readers_get_it_each_in_the_way_noted_or_none(branch: Branch) -> None:
    people = [make_correspondent(branch.section, f"Reader {number}") for number in range(2)]
    draft = approved(branch, to=tuple(people), modes={people[1].pk: "hand"})
    issue = issuing.issue(
        draft=draft, desk=branch.officer, by=branch.ramesh, version=draft.version, unsigned=True
    )
    where = reverse(
        "eoffice:draft-act",
        args=[branch.officer.post.code, draft.file_id, draft.ordinal, "send-all"],
    )
    client = at_work(branch.ramesh)
    draft.refresh_from_db()
    fields = {"key": new_key(), "version": draft.version}
    assert client.post(where, fields).status_code == 422
    assert not Dispatch.objects.exists()
    assert client.post(where, {**fields, "unsigned": "on"}).status_code == 303
    rows = Dispatch.objects.filter(issue=issue).order_by("pk")
    assert [(row.correspondent.name, row.mode) for row in rows] == [
        ("Reader 0", "post"),
        ("Reader 1", "hand"),
    ]
    draft.refresh_from_db()
    assert draft.status == Draft.Status.DISPATCHED
    again = {"key": new_key(), "version": draft.version, "unsigned": "on"}
    assert client.post(where, again).status_code == 422


def test_what_the_registry_gave_back_is_sent_by_the_desk_itself(branch: Branch, unit: Unit) -> None:
    row = sent(branch, registry=unit.desk)
    dispatching.cancel(dispatch=row, desk=unit.desk, by=unit.clerk, version=1, words="By hand")
    (again,) = dispatching.send_to_all(
        issue=row.issue, desk=branch.officer, by=branch.ramesh, unsigned=True
    )
    assert (again.registry, again.status) == (branch.officer, Dispatch.Status.SENT)


def test_the_waiting_count_is_of_this_desk_alone(branch: Branch, unit: Unit) -> None:
    sent(branch, registry=unit.desk)
    for user, code, count in ((unit.clerk, unit.desk, 1), (branch.ramesh, branch.officer, 0)):
        seat = seat_at(user, code.post.code)
        assert seat is not None
        assert dispatch_register.waiting_count(seat) == count
