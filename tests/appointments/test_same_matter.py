"""The same matter elsewhere: found by the subject's sound, told only as far as one may know."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.models import Request
from appointments.same_matter import ALIKE, elsewhere, likeness
from esachivalaya.common import clock
from officials.models import Post
from tests.booking import sent
from tests.office import assert_strict, content, page, queries
from tests.people import Cast, give_charge, make_citizen, make_household, make_post

FIELDS = "Demarcation of our fields behind the house, once more"
PENSION = "Old-age pension not received since April"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Demarcation of the fields behind our house", FIELDS),
        (PENSION, "Pension for old age not received for 4 months"),
        ("खेत की पैमाइश नहीं हुई", "खेत की पैमाइश के बारे में"),
        ("बुढ़ापा पेंशन अप्रैल से नहीं मिली", "बुढ़ापा पेंशन नहीं मिल रही है"),
        ("budhapa pension nahi mili", "बुढ़ापा पेंशन नहीं मिली"),
        ("गाँव बावल में पानी की सप्लाई बंद", "बावल गांव में पीने के पानी की सप्लाई नहीं आ रही"),
        ("Drinking water supply in village Bawal", "No water supply in Bawal village since May"),
        ("राशन कार्ड में नाम जोड़ना", "राशन कार्ड में बेटे का नाम जोड़ने हेतु"),
    ],
)
def test_the_same_matter_in_other_words_is_alike(one: str, other: str) -> None:
    assert likeness(one, other) >= ALIKE
    assert likeness(one, other) == likeness(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PENSION, "Ration card not received since April"),
        ("बुढ़ापा पेंशन अप्रैल से नहीं मिली", "राशन कार्ड अप्रैल से नहीं मिला"),
        ("Drinking water supply in village Bawal", "Road in village Bawal is broken"),
        ("खेत की पैमाइश नहीं हुई", "खेत में पानी का कनेक्शन"),
        ("Demarcation of the fields behind our house", "House tax assessed twice"),
        ("राशन कार्ड में नाम जोड़ना", "आय प्रमाण पत्र में नाम ठीक करना"),
        ("Mutation of land after father's death", "Death certificate of my father"),
        ("", PENSION),
        ("not since April", PENSION),
    ],
)
def test_another_matter_is_not_alike(one: str, other: str) -> None:
    assert likeness(one, other) < ALIKE


def found(row: Request, *posts: Post) -> list[Request]:
    told = elsewhere(row, posts={post.pk for post in posts}, moment=clock.now())
    return [one.row for one in told]


@pytest.mark.django_db
def test_person_household_phone_and_family_are_looked_at_and_strangers_are_not(
    cast: Cast, asked: Request, gurugram: Post
) -> None:
    family = "4PPP1234"
    cast.asha.family_id = family
    cast.asha.save()
    sister = make_citizen(make_household(), "Sunita Devi", family_id=family)
    stranger = make_citizen(make_household(), "Rekha Devi")
    same_phone = make_citizen(make_household(), "Mohan Lal")
    expected = {
        sent(gurugram, person, subject=FIELDS) for person in (cast.asha, cast.ramesh, sister)
    }
    by_phone = sent(gurugram, same_phone, subject=FIELDS)
    Request.objects.filter(pk=by_phone.pk).update(phone=asked.phone)
    sent(gurugram, stranger, subject=FIELDS)
    row = Request.objects.select_related("citizen").get(pk=asked.pk)
    assert set(found(row)) == {*expected, by_phone}


@pytest.mark.django_db
def test_people_without_phone_and_family_id_are_not_one_family(cast: Cast, gurugram: Post) -> None:
    first, second = (make_citizen(make_household(user=None), f"Walk-in {n}") for n in "ab")
    rows = [
        sent(gurugram, person, subject=FIELDS, by=cast.suresh, channel="kendra")
        for person in (first, second)
    ]
    assert found(rows[0]) == []


@pytest.mark.django_db
def test_private_old_and_other_matters_are_not_shown(
    cast: Cast, asked: Request, gurugram: Post
) -> None:
    sent(gurugram, cast.asha, subject=FIELDS, private=True)
    sent(make_post("SDM-REW"), cast.asha, subject=PENSION)
    old = sent(cast.division, cast.ramesh, subject=FIELDS)
    long_ago = clock.now() - timedelta(days=181)
    Request.objects.filter(pk=old.pk).update(
        created_at=long_ago, due_at=long_ago + timedelta(hours=1)
    )
    assert found(asked) == []


@pytest.mark.django_db
def test_of_other_offices_only_the_fact_is_shown(
    office: Client, cast: Cast, asked: Request, gurugram: Post
) -> None:
    other = sent(gurugram, cast.ramesh, subject=FIELDS, description="Nobody else may read this.")
    shown = office.get(page(asked))
    assert_strict(shown)
    text = content(shown)
    assert "The same matter elsewhere" in text
    assert "Deputy Commissioner, Gurugram" in text
    for secret in (FIELDS, other.reference, "Nobody else"):
        assert secret not in text
    give_charge(cast.suresh, gurugram, "staff")
    text = content(office.get(page(asked)))
    assert FIELDS in text
    assert other.reference in text


@pytest.mark.django_db
def test_the_reason_is_filled_in_by_the_link_and_sent_by_nobody(
    office: Client, cast: Cast, asked: Request, gurugram: Post
) -> None:
    sent(gurugram, cast.asha, subject=FIELDS)
    assert "?answer=decline&amp;reason=repeated" in content(office.get(page(asked)))
    shown = content(office.get(page(asked), {"answer": "decline", "reason": "repeated"}))
    assert re.findall(r'value="(\w+)"[^>]*checked', shown) == ["repeated"]
    asked.refresh_from_db()
    assert asked.status == "requested"
    assert "checked" not in content(office.get(page(asked), {"answer": "decline", "reason": "x"}))


@pytest.mark.django_db
def test_the_page_takes_as_many_statements_for_many_as_for_none(
    office: Client, cast: Cast, asked: Request
) -> None:
    before = len(queries(office, page(asked)))
    for number in range(9):
        other = make_post(f"OFF-{number}")
        row = sent(other, cast.ramesh, subject=FIELDS)
        Request.objects.filter(pk=row.pk).update(
            status="withdrawn", answered_at=clock.now(), closed_at=clock.now()
        )
    assert len(queries(office, page(asked))) == before


@pytest.mark.django_db
def test_it_is_one_query_by_indexes_alone(cast: Cast, asked: Request) -> None:
    cast.asha.family_id = "4PPP1234"
    cast.asha.save()
    row = Request.objects.select_related("citizen").get(pk=asked.pk)
    moment = clock.now()
    with CaptureQueriesContext(connection) as caught:
        elsewhere(row, posts=set(), moment=moment)
    (said,) = caught.captured_queries
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {said['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan on appointments_request" not in plan
    assert "Seq Scan on accounts_citizen" not in plan
