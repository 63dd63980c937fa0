"""Races about drafts and dispatch, with real threads and connections.

Source: domain rules of e-Office, "Draft for approval" and invariants 2 and 6.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections, transaction

from eoffice.models import Approval, Dispatch, Draft, Issue
from eoffice.services import dispatch_register, dispatching, drafts, issuing
from tests.desks import Branch, make_branch, make_correspondent, make_desk
from tests.drafting import approved, put_up
from tests.people import make_staff

pytestmark = pytest.mark.django_db(transaction=True)
Race = Callable[..., list[Any]]


@pytest.fixture
def branch(transactional_db: None) -> Branch:
    close_old_connections()
    return make_branch()


def errors(outcomes: list[Any]) -> Counter[str]:
    """How each racer came back: "ok", or the name of what was raised."""
    return Counter("ok" if one.ok else type(one.error).__name__ for one in outcomes)


def at_officer(branch: Branch, draft: Draft) -> dict[str, Any]:
    return {
        "draft": draft,
        "desk": branch.officer,
        "by": branch.ramesh,
        "version": draft.version,
    }


def issued(branch: Branch, **fields: Any) -> Issue:
    draft = approved(branch, **fields)
    return issuing.issue(**at_officer(branch, draft), unsigned=True)


def test_two_approvals_of_one_draft_make_one(branch: Branch, race: Race) -> None:
    draft = put_up(branch)
    outcomes = race(*[lambda: drafts.approve(**at_officer(branch, draft))] * 4)
    assert errors(outcomes) == {"ok": 1, "Overtaken": 3}
    assert Approval.objects.filter(version__draft=draft, voided_at__isnull=True).count() == 1


@pytest.mark.parametrize("_again", range(5))
def test_an_approval_never_stands_on_words_that_were_not_read(
    branch: Branch, race: Race, _again: int
) -> None:
    draft = put_up(branch)
    read = drafts.latest_of(draft)
    outcomes = race(
        lambda: drafts.approve(**at_officer(branch, draft)),
        lambda: drafts.edit(**at_officer(branch, draft), subject="Other", body="Other words."),
    )
    assert errors(outcomes) == {"ok": 1, "Overtaken": 1}
    draft.refresh_from_db()
    approval = drafts.approval_of(draft)
    if outcomes[0].ok:
        assert approval is not None
        assert approval.version == read == drafts.latest_of(draft)
    else:
        assert approval is None
        assert draft.status == Draft.Status.BEING_WRITTEN
        assert drafts.latest_of(draft).body == "Other words."


@pytest.mark.parametrize("_again", range(3))
def test_other_readers_or_the_issue_never_both(branch: Branch, race: Race, _again: int) -> None:
    draft = approved(branch)
    other = make_correspondent(branch.section, "Somebody else")
    outcomes = race(
        lambda: drafts.address(**at_officer(branch, draft), to=(other,)),
        lambda: issuing.issue(**at_officer(branch, draft), unsigned=True),
    )
    assert errors(outcomes) == {"ok": 1, "Overtaken": 1}
    names = [one.correspondent.name for one in draft.addressees.select_related("correspondent")]
    assert Issue.objects.exists() == (names == ["Asha Devi"])


def test_a_draft_is_issued_once(branch: Branch, race: Race) -> None:
    draft = approved(branch)
    outcomes = race(*[lambda: issuing.issue(**at_officer(branch, draft), unsigned=True)] * 3)
    assert errors(outcomes) == {"ok": 1, "Overtaken": 2}
    assert Issue.objects.get().number.endswith("/1")


def test_a_reader_is_sent_the_letter_once(branch: Branch, race: Race) -> None:
    issue = issued(branch)
    who = {"issue": issue, "desk": branch.officer, "by": branch.ramesh, "unsigned": True}
    outcomes = race(*[lambda: dispatching.send_to_all(**who)] * 4)  # type: ignore[arg-type]
    assert errors(outcomes) == {"ok": 1, "Refused": 3}
    assert Dispatch.objects.count() == 1


def test_what_came_back_is_sent_again_once(branch: Branch, race: Race) -> None:
    issue = issued(branch)
    who: dict[str, Any] = {"desk": branch.officer, "by": branch.ramesh}
    (row,) = dispatching.send_to_all(issue=issue, unsigned=True, **who)
    row = dispatching.came_back(dispatch=row, version=row.version, words="Moved away", **who)
    outcomes = race(*[lambda: dispatching.send_again(dispatch=row, mode="post", **who)] * 4)
    assert errors(outcomes) == {"ok": 1, "Refused": 3}
    assert Dispatch.objects.filter(again_of=row).count() == 1


def test_the_dispatch_series_has_no_gap_under_32_writers_and_rollbacks(
    branch: Branch, race: Race
) -> None:
    """Half of the sendings fail after their number was taken; the next one gets it."""
    people = [make_correspondent(branch.section, f"Reader {number}") for number in range(32)]
    clerk = make_staff("registry.clerk")
    registry = make_desk("REG-1", branch.section, 10, clerk, registry=True)
    # Each letter on a file of its own: nothing but the series makes them wait for each other.
    rows = [
        dispatching.send_to_all(
            issue=issued(branch, person=person),
            desk=branch.officer,
            by=branch.ramesh,
            registry=registry,
            unsigned=True,
        )[0]
        for person in people
    ]

    def sending(place: int) -> Callable[[], None]:
        def send() -> None:
            for turn in range(2):
                with transaction.atomic():
                    dispatching.send_waiting(
                        dispatch=rows[place], desk=registry, by=clerk, version=1
                    )
                    # The first try of each fails, and of every fourth the second as well.
                    transaction.set_rollback(turn == 0 or place % 4 == 0)

        return send

    outcomes = race(*[sending(place) for place in range(32)])
    assert errors(outcomes) == {"ok": 32}
    numbers = Dispatch.objects.exclude(number="").values_list("number", flat=True)
    serials = sorted(int(number.split("/")[0]) for number in numbers)
    assert serials == list(range(1, 25))


def test_two_clerks_who_post_the_same_letters_send_each_once(branch: Branch, race: Race) -> None:
    clerk = make_staff("registry.clerk")
    registry = make_desk("REG-1", branch.section, 10, clerk, registry=True)
    rows = [
        dispatching.send_to_all(
            issue=issued(branch),
            desk=branch.officer,
            by=branch.ramesh,
            registry=registry,
            unsigned=True,
        )[0]
        for _turn in range(4)
    ]
    chosen = {row.pk: row.version for row in rows}
    backwards = dict(reversed(chosen.items()))
    outcomes = race(
        *[
            lambda some=some: dispatch_register.posted_today(
                chosen=some, tracking={}, desk=registry, by=clerk
            )
            for some in (chosen, backwards)
        ]
    )
    assert errors(outcomes) == {"ok": 2}
    gone = [len([one for one in outcome.value if not one.refused]) for outcome in outcomes]
    assert sorted(gone) == [0, 4]
    serials = [int(row.number.split("/")[0]) for row in Dispatch.objects.order_by("pk")]
    assert serials == [1, 2, 3, 4]
