"""No sequence of acts reaches two ends, a double booking, a lost message or a revived request."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings

from esachivalaya.audit.models import Entry
from esachivalaya.common import registry
from tests.whole_life import KIND, WholeLife

STEPS, EXAMPLES = 30, 20


@pytest.mark.django_db
def test_whatever_happens_each_request_ends_once_and_everybody_is_told() -> None:
    assert list(registry.diary_changing)
    WholeLife.TestCase.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
        # A failing run is shown as it was found: shrinking it would take minutes.
        phases=(Phase.explicit, Phase.generate),
    )
    WholeLife.TestCase("runTest").debug()


@pytest.mark.django_db
def test_every_act_once_leaves_everything_as_it_should() -> None:
    """One walk through all acts, whatever the other test comes upon: none goes unseen."""
    life = WholeLife()
    walk: list[Callable[[], None]] = [
        lambda: life.answer_offer(nth=0, yes=False),
        lambda: life.offer(nth=0, slot=4),
        lambda: life.answer_offer(nth=0, yes=True),
        lambda: life.cancel(nth=0),
        # The second person's request to the first office: it holds a time.
        lambda: life.decline(nth=1),
        lambda: life.send(person=1, post=0, slot=1, any_time=True),
        lambda: life.ask_other_time(nth=2, slot=6),
        lambda: life.confirm(nth=2, stale=False),
        lambda: life.the_meeting_comes(nth=0),
        lambda: life.record_outcome(nth=0, outcome="missed_by_office"),
        lambda: life.the_meeting_comes(nth=0),
        lambda: life.record_outcome(nth=0, outcome="met"),
        lambda: life.send(person=0, post=0, slot=2, any_time=True),
        lambda: life.withdraw(nth=0),
        lambda: life.hand_over(nth=0, post=2),
        lambda: life.a_day_without_an_answer(),
    ]
    try:
        for act in walk:
            act()
            life.everything_holds()
        done = set(Entry.objects.filter(subject_kind=KIND).values_list("act", flat=True))
    finally:
        life.teardown()
    wanted = {"offered", "offer_refused", "offer_accepted", "cancelled_by_office", "declined"}
    wanted |= {"moved", "confirmed", "missed_by_office", "meeting_given_anew", "met", "withdrawn"}
    assert wanted | {"handed_over", "allotted"} <= done, wanted - done
