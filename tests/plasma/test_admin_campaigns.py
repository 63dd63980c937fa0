"""The pages of campaigns in the admin: written, approved by another, watched, stopped."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from plasma.models import Campaign, FunnelCount, OutreachSwitch
from plasma.services import campaigns, funnel
from tests.donors import DonorCast, make_campaign
from tests.office import assert_strict, content, queries
from tests.people import sign_in_staff
from tests.plasma.campaigning import ready

pytestmark = pytest.mark.django_db

WORDS = "The Director General wants to look at it first."


@pytest.fixture
def second(donor_cast: DonorCast) -> Client:
    """Harish, who runs campaigns as well, reading English."""
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, donor_cast.harish)


def address(page: str, *args: Any) -> str:
    return reverse(f"admin:plasma_campaign_{page}", args=args)


def typed(cast: DonorCast, **fields: Any) -> dict[str, Any]:
    ends_at = clock.now().astimezone(clock.IST) + timedelta(days=7)
    return {
        "key": new_key(),
        "name": "July appeal",
        "cohort": cast.cohort.pk,
        "not_asked_for_days": 30,
        "template": "plasma_appeal",
        "pace": 600,
        "first_hour": "09:00",
        "last_hour": "21:00",
        "ends_at": f"{ends_at:%Y-%m-%dT%H:%M}",
        **fields,
    }


def do(client: Client, row: Campaign, slug: str, **fields: Any) -> Any:
    """Open the page of an act and send its form."""
    row = Campaign.objects.get(pk=row.pk)
    page = client.get(address("act", row.pk, slug))
    assert_strict(page)
    data = {"key": new_key(), "version": row.version, **fields}
    return client.post(address("act", row.pk, slug), data)


def test_a_campaign_from_the_form_to_its_end(
    donor_cast: DonorCast, campaigns_client: Client, second: Client
) -> None:
    assert_strict(campaigns_client.get(address("changelist")))
    assert_strict(campaigns_client.get(address("add")))
    assert campaigns_client.post(address("add"), typed(donor_cast)).status_code == 302
    row = Campaign.objects.get()
    page = content(campaigns_client.get(address("change", row.pk)))
    assert "Dry run" in page
    assert do(campaigns_client, row, "dry-run").status_code == 302
    page = content(campaigns_client.get(address("change", row.pk)))
    # Two Hindi messages of two segments and one English one of one, 18 paise each.
    assert "on 2 numbers" in page
    assert "₹ 0." in page
    assert do(campaigns_client, row, "propose").status_code == 302
    page = content(campaigns_client.get(address("change", row.pk)))
    assert "another officer approves" in page
    assert address("act", row.pk, "approve") not in page
    assert address("act", row.pk, "approve") in content(second.get(address("change", row.pk)))
    assert do(second, row, "approve").status_code == 302
    assert do(campaigns_client, row, "start").status_code == 302
    page = content(campaigns_client.get(address("change", row.pk)))
    assert "Sent to 0 of 3 people" in page
    assert "Priya: campaign started" in page
    assert do(campaigns_client, row, "pause", words=WORDS).status_code == 302
    assert WORDS in content(second.get(address("change", row.pk)))
    assert do(second, row, "resume").status_code == 302
    assert do(second, row, "stop", words=WORDS).status_code == 302
    row.refresh_from_db()
    assert row.status == "stopped"
    assert_strict(second.get(address("change", row.pk)))


def test_whoever_proposed_cannot_approve_by_the_page_either(
    donor_cast: DonorCast, campaigns_client: Client
) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    row = campaigns.dry_run(campaign=row, by=donor_cast.priya, version=row.version)
    row = campaigns.propose(campaign=row, by=donor_cast.priya, version=row.version)
    response = do(campaigns_client, row, "approve")
    assert response.status_code == 409
    assert "Another officer than the one who proposed it" in content(response)
    row.refresh_from_db()
    assert row.status == "proposed"


def test_others_see_no_campaign(donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    pages = [
        address("changelist"),
        address("add"),
        address("switch"),
        address("change", row.pk),
        address("write", row.pk),
        address("progress", row.pk),
        address("funnel", row.pk),
        address("act", row.pk, "stop"),
    ]
    for person in (donor_cast.nasreen, donor_cast.gurpreet):
        client = sign_in_staff(Client(), person)
        assert [client.get(page).status_code for page in pages] == [404] * len(pages)
        data = {"key": new_key(), "version": row.version, "words": WORDS}
        assert client.post(address("act", row.pk, "stop"), data).status_code == 404
        assert client.post(address("switch"), {"reason": WORDS}).status_code == 404
    assert Client().get(address("change", row.pk)).status_code == 302
    row.refresh_from_db()
    assert row.status == "draft"


def test_what_is_not_there_is_a_404(campaigns_client: Client, donor_cast: DonorCast) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    assert campaigns_client.get(address("change", 10**9)).status_code == 404
    assert campaigns_client.get(address("act", row.pk, "explode")).status_code == 404
    assert campaigns_client.delete(address("act", row.pk, "stop")).status_code == 405
    assert campaigns_client.post(address("funnel", row.pk)).status_code == 405


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"cohort": "999999"}, "Select a valid choice"),
        ({"pace": "0"}, "greater than or equal to 1"),
        ({"not_asked_for_days": "29"}, "greater than or equal to 30"),
        ({"first_hour": "20:00", "last_hour": "10:00"}, "end after they begin"),
        ({"ends_at": "2020-01-01T10:00"}, "end has passed"),
        ({"template": "sign_in_code"}, "Select a valid choice"),
    ],
)
def test_a_form_with_a_mistake_keeps_what_was_typed(
    donor_cast: DonorCast, campaigns_client: Client, wrong: dict[str, str], words: str
) -> None:
    response = campaigns_client.post(address("add"), typed(donor_cast, **{"pace": 321, **wrong}))
    if "pace" not in wrong:
        assert "321" in response.content.decode()
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Campaign.objects.exists()


def test_a_form_that_is_sent_twice_writes_one_campaign(
    donor_cast: DonorCast, campaigns_client: Client
) -> None:
    data = typed(donor_cast)
    for _time in range(2):
        assert campaigns_client.post(address("add"), data).status_code == 302
    assert Campaign.objects.count() == 1


def test_an_old_page_changes_nothing(
    donor_cast: DonorCast, campaigns_client: Client, second: Client
) -> None:
    row = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    data = {"key": new_key(), "version": row.version, "words": WORDS}
    do(second, row, "dry-run")
    response = campaigns_client.post(address("act", row.pk, "stop"), data)
    assert response.status_code == 409
    page = content(response)
    assert "Another officer changed this campaign" in page
    assert WORDS in page
    row.refresh_from_db()
    assert row.status == "draft"
    old = typed(donor_cast, version=1, name="Another name")
    response = campaigns_client.post(address("write", row.pk), old)
    assert response.status_code == 409
    assert "Another name" in response.content.decode()
    do(second, row, "stop", words=WORDS)
    data = {"key": new_key(), "version": row.version, "words": WORDS}
    response = campaigns_client.post(address("act", row.pk, "stop"), data, follow=True)
    assert "It is now: Stopped" in content(response)


def test_the_central_switch_stops_what_runs_and_is_seen_everywhere(
    donor_cast: DonorCast, campaigns_client: Client
) -> None:
    row = ready(donor_cast)
    campaigns.start(campaign=row, by=donor_cast.priya, version=row.version)
    assert_strict(campaigns_client.get(address("switch")))
    data = {"key": new_key(), "turn": "off", "reason": "too short"}
    assert campaigns_client.post(address("switch"), data).status_code == 422
    data = {"key": new_key(), "turn": "off", "reason": "A trial found harm; wait."}
    assert campaigns_client.post(address("switch"), data).status_code == 302
    row.refresh_from_db()
    assert row.status == "stopped"
    draft = make_campaign(donor_cast.cohort, by=donor_cast.priya)
    for page in (
        address("changelist"),
        address("add"),
        address("change", draft.pk),
        address("write", draft.pk),
        address("act", draft.pk, "stop"),
        address("switch"),
    ):
        assert "A trial found harm; wait." in content(campaigns_client.get(page)), page
    data = {"key": new_key(), "turn": "on", "reason": "The committee agreed again."}
    assert campaigns_client.post(address("switch"), data).status_code == 302
    assert OutreachSwitch.objects.get().on


def test_the_funnel_tells_banks_and_reasons_and_nobodys_name(
    donor_cast: DonorCast, campaigns_client: Client
) -> None:
    row = ready(donor_cast)
    campaigns.start(campaign=row, by=donor_cast.priya, version=row.version)
    step = FunnelCount.Step
    for name, count in ((step.SENT, 3), (step.DELIVERED, 2), (step.OPENED, 2)):
        funnel.add(row, name, n=count)
    funnel.add(row, step.PLEDGED, bank=donor_cast.bank, n=2)
    funnel.add(row, step.DONATED, bank=donor_cast.bank)
    funnel.add(row, step.DEFERRED, bank=donor_cast.bank, reason="haemoglobin")
    page = content(campaigns_client.get(address("change", row.pk)))
    assert "Sent to 3 of 3 people (100 %)" in page
    assert "Haemoglobin too low" in page
    assert "Gurugram" in page
    part = content(campaigns_client.get(address("progress", row.pk)))
    assert "Haemoglobin too low" in part
    assert "<html" not in part
    file = campaigns_client.get(address("funnel", row.pk))
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    lines = file.content.decode("utf-8-sig").splitlines()
    assert "Deferred,Gurugram,Haemoglobin too low,1" in lines
    for text in (page, part, file.content.decode()):
        assert "Suman" not in text
        assert "98700" not in text


def test_the_pages_take_the_same_queries_however_many_were_asked(
    donor_cast: DonorCast, campaigns_client: Client
) -> None:
    row = ready(donor_cast)
    campaigns.start(campaign=row, by=donor_cast.priya, version=row.version)
    page, part = address("change", row.pk), address("progress", row.pk)
    campaigns_client.get(page)
    first = len(queries(campaigns_client, page)), len(queries(campaigns_client, part))
    for step in FunnelCount.Step:
        for bank in (donor_cast.bank, donor_cast.other_bank):
            for _time in range(10):
                funnel.add(row, step, bank=bank, reason="other", n=100_000)
    again = len(queries(campaigns_client, page)), len(queries(campaigns_client, part))
    assert first == again
    assert max(again) <= 20
