"""Kendras, seats and charges in the admin: each by its role, and no booked seat lost unsaid."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from appointments.services import answers
from esachivalaya.accounts.models import Invitation, User
from esachivalaya.audit.models import Entry
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.service_admin import digest_of_row
from esachivalaya.notifications.models import Message
from kendras.models import Desk, Kendra, KendraCharge, KendraNotice, SeatHold
from kendras.services.places import SeatsBooked, mark_of, save_desk, save_kendra
from tests.at_a_kendra import booked, request_of, somebody
from tests.counters import make_kendra
from tests.office import content, queries, told
from tests.people import Cast, make_district, make_staff, sign_in_staff

pytestmark = pytest.mark.django_db
KENDRAS = "admin:kendras_kendra_changelist"
CHARGES = "admin:kendras_kendracharge_changelist"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def setup(client: Client, cast: Cast) -> Client:
    """The browser of Nasreen, who sets up."""
    client.cookies["language"] = "en"
    return sign_in_staff(client, cast.nasreen)


@pytest.fixture
def appointing(cast: Cast) -> Client:
    """The browser of Gurpreet, who appoints."""
    client = Client()
    client.cookies["language"] = "en"
    return sign_in_staff(client, cast.gurpreet)


def values_of(kendra: Kendra, **fields: Any) -> dict[str, Any]:
    """What the form of a Kendra sends."""
    return {
        "form_key": new_key(),
        "shown": digest_of_row(kendra) if kendra.pk else "",
        "code": kendra.code,
        "kind": kendra.kind,
        "name_en": kendra.name_en,
        "name_hi": kendra.name_hi,
        "district": kendra.district_id,
        "block_en": kendra.block_en,
        "block_hi": kendra.block_hi,
        "address_en": kendra.address_en,
        "address_hi": kendra.address_hi,
        "phone": kendra.phone,
        "opens": "08:00",
        "closes": "20:00",
        "weekdays": [0, 1, 2, 3, 4, 5, 6],
        "active": "on",
        "desks-TOTAL_FORMS": 0,
        "desks-INITIAL_FORMS": 0,
        **fields,
    }


def save(client: Client, kendra: Kendra, **fields: Any) -> Any:
    address = reverse("admin:kendras_kendra_change", args=[kendra.pk])
    return client.post(address, values_of(kendra, **fields))


# Access


@pytest.mark.parametrize(
    ("who", "page", "status"),
    [
        ("nasreen", KENDRAS, 200),
        ("nasreen", "admin:kendras_kendra_add", 200),
        ("nasreen", CHARGES, 200),
        ("nasreen", "admin:kendras_kendracharge_add", 403),
        ("gurpreet", KENDRAS, 200),
        ("gurpreet", "admin:kendras_kendra_add", 403),
        ("gurpreet", "admin:kendras_desk_add", 403),
        ("gurpreet", CHARGES, 200),
        ("gurpreet", "admin:kendras_kendracharge_add", 200),
        ("meera", KENDRAS, 403),
        ("meera", CHARGES, 403),
    ],
)
def test_each_role_has_its_pages(cast: Cast, who: str, page: str, status: int) -> None:
    client = sign_in_staff(Client(), getattr(cast, who))
    assert client.get(reverse(page)).status_code == status


def test_operators_and_supervisors_do_not_enter_the_admin(operator: User, supervisor: User) -> None:
    for user in (operator, supervisor):
        client = sign_in_staff(Client(), user)
        assert client.get(reverse("admin:index")).status_code != 200
        assert client.get(reverse(KENDRAS)).status_code != 200


# Kendras


def test_a_kendra_is_added_and_recorded(setup: Client, cast: Cast) -> None:
    wanted = Kendra(
        code="rew-0200",
        kind="saral",
        name_en="Saral Kendra Kosli",
        name_hi="सरल केंद्र कोसली",
        district=make_district("REW"),
        phone="01274 225500",
    )
    data = values_of(wanted, weekdays=[0, 1, 2, 3, 4])
    response = setup.post(reverse("admin:kendras_kendra_add"), data)
    assert response.status_code == 302
    made = Kendra.objects.get(code="REW-0200")
    assert (made.weekdays, made.phone) == ([0, 1, 2, 3, 4], "+911274225500")
    entry = Entry.objects.get(subject_kind="kendras.kendra", subject_id=str(made.pk))
    assert (entry.act, entry.actor) == ("kendra_added", cast.nasreen)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"code": "a b"}, "2 to 16 capital letters"),
        ({"phone": "12"}, "Write a telephone number of India"),
        ({"closes": "07:00"}, "A Kendra closes after it opens."),
        ({"weekdays": []}, "This field is required."),
        ({"name_hi": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    setup: Client, kendra: Kendra, fields: dict[str, Any], words: str
) -> None:
    kendra.pk = None  # type: ignore[assignment]
    kendra.code = "REW-0300"
    response = setup.post(reverse("admin:kendras_kendra_add"), values_of(kendra, **fields))
    assert words in content(response)
    assert Kendra.objects.count() == 1


@pytest.mark.parametrize("words", ["REW-0001", "bawal", "बावल", "Atal Seva"])
def test_a_kendra_is_found_in_hindi_and_english(
    setup: Client, kendra: Kendra, other_kendra: Kendra, words: str
) -> None:
    page = content(setup.get(reverse(KENDRAS), {"q": words}))
    assert "REW-0001" in page
    assert "GGM-0001" not in page


def test_the_list_is_filtered(setup: Client, kendra: Kendra, other_kendra: Kendra) -> None:
    district = {"district__id__exact": str(other_kendra.district_id)}
    for query in (district, {"kind__exact": "saral"}):
        page = content(setup.get(reverse(KENDRAS), query))
        assert "GGM-0001" in page
        assert "REW-0001" not in page


def test_the_list_takes_as_many_queries_for_many_as_for_few(setup: Client, cast: Cast) -> None:
    address = reverse(KENDRAS)
    make_kendra("REW-0001")
    few = len(queries(setup, address))
    for number in range(2, 12):
        make_kendra(f"REW-{number:04}")
    assert len(queries(setup, address)) == few


def test_a_stale_form_is_not_saved_over_somebody_elses_change(
    setup: Client, kendra: Kendra
) -> None:
    old = values_of(kendra, name_en="From the old page")
    Kendra.objects.update(name_en="Changed by somebody")
    address = reverse("admin:kendras_kendra_change", args=[kendra.pk])
    assert setup.post(address, old).status_code == 409
    assert Kendra.objects.get().name_en == "Changed by somebody"


def test_the_history_tells_of_the_kendra_and_of_its_seats(
    setup: Client, kendra: Kendra, cast: Cast
) -> None:
    save(setup, kendra, name_en="Atal Seva Kendra Bawal Two")
    desk = kendra.desks.get(number=1)
    desk.accessible = True
    save_desk(desk=desk, by=cast.nasreen)
    page = content(setup.get(reverse("admin:kendras_kendra_history", args=[kendra.pk])))
    assert "Kendra changed" in page
    assert "Seat changed" in page


def test_a_kendra_is_never_deleted(setup: Client, kendra: Kendra) -> None:
    assert setup.post(
        reverse("admin:kendras_kendra_delete", args=[kendra.pk]), {"post": "yes"}
    ).status_code in {403, 404}
    assert Kendra.objects.filter(pk=kendra.pk).exists()


# Booked seats


def test_taking_a_kendra_out_of_service_says_whose_seats_that_costs(
    setup: Client, cast: Cast, kendra: Kendra, operator: User
) -> None:
    row = request_of(booked(kendra, operator, cast.rewari))
    data = values_of(kendra)
    del data["active"]
    address = reverse("admin:kendras_kendra_change", args=[kendra.pk])
    page = content(setup.post(address, data))
    assert "1 booked seat would be lost." in page
    assert row.reference[-4:] in page
    assert cast.asha.name not in page
    kendra.refresh_from_db()
    assert kendra.active
    assert SeatHold.objects.filter(released_at=None).count() == 1


def test_the_officer_frees_the_seats_and_the_people_are_told(
    setup: Client, cast: Cast, kendra: Kendra, operator: User
) -> None:
    done = booked(kendra, operator, cast.rewari, person=somebody("+919812345678"), language="en")
    row = answers.confirm(request=request_of(done), by=cast.suresh, version=1)
    data = values_of(kendra)
    del data["active"]
    address = reverse("admin:kendras_kendra_change", args=[kendra.pk])
    seen = re.search(r'name="seats_seen" value="([0-9a-f]+)"', content(setup.post(address, data)))
    assert seen is not None
    response = setup.post(address, {**data, "form_key": new_key(), "seats_seen": seen.group(1)})
    assert response.status_code == 302
    assert "The seats were freed" in told(response)
    kendra.refresh_from_db()
    assert not kendra.active
    assert not SeatHold.objects.filter(released_at=None).exists()
    (body,) = Message.objects.filter(
        subject_id=str(row.pk), template__key__contains="seat_lost", channel="sms"
    ).values_list("body", flat=True)
    assert "no seat" in body
    assert KendraNotice.objects.get().kind == "seat_lost"


def test_another_list_than_the_one_that_was_seen_is_asked_about_anew(
    cast: Cast, kendra: Kendra, operator: User
) -> None:
    booked(kendra, operator, cast.rewari)
    kendra.active = False
    with pytest.raises(SeatsBooked):
        save_kendra(kendra=kendra, by=cast.nasreen, confirmed=mark_of([]))
    assert Kendra.objects.get(pk=kendra.pk).active


def test_a_seat_out_of_service_hands_its_meeting_to_another_seat(
    cast: Cast, kendra: Kendra, operator: User
) -> None:
    booked(kendra, operator, cast.rewari)
    hold = SeatHold.objects.get()
    desk = hold.desk
    desk.active = False
    with pytest.raises(SeatsBooked) as refused:
        save_desk(desk=desk, by=cast.nasreen)
    save_desk(desk=desk, by=cast.nasreen, confirmed=refused.value.seen)
    again = SeatHold.objects.get(released_at=None)
    assert again.desk.number != desk.number
    assert again.during == hold.during


def test_a_seat_that_nobody_booked_is_taken_out_of_service(
    cast: Cast, kendra: Kendra, operator: User
) -> None:
    booked(kendra, operator, cast.rewari)
    free = Desk.objects.exclude(holds__isnull=False).get()
    free.active = False
    save_desk(desk=free, by=cast.nasreen)
    assert not Desk.objects.get(pk=free.pk).active


def test_shorter_hours_are_asked_about_as_well(cast: Cast, kendra: Kendra, operator: User) -> None:
    row = request_of(booked(kendra, operator, cast.rewari))
    assert row.starts_at is not None
    kendra.weekdays = [day for day in range(7) if day != row.starts_at.weekday()]
    with pytest.raises(SeatsBooked):
        save_kendra(kendra=kendra, by=cast.nasreen)


# Charges


def test_a_charge_is_given_and_ended_on_its_page(
    appointing: Client, kendra: Kendra, cast: Cast
) -> None:
    rekha = make_staff("rekha")
    data = {
        "form_key": new_key(),
        "kind": "operator",
        "user": rekha.pk,
        "kendra": kendra.pk,
        "district": "",
    }
    response = appointing.post(reverse("admin:kendras_kendracharge_add"), data)
    assert response.status_code == 302
    charge = KendraCharge.objects.get(user=rekha)
    assert (charge.kendra, charge.given_by) == (kendra, cast.gurpreet)
    address = reverse("admin:kendras_kendracharge_change", args=[charge.pk])
    assert "End this charge now" in content(appointing.get(address))
    data = {"form_key": new_key(), "shown": digest_of_row(charge), "at_once": "on"}
    assert appointing.post(address, data).status_code == 302
    charge.refresh_from_db()
    assert charge.ends_at is not None
    assert "Charge ended" in content(
        appointing.get(reverse("admin:kendras_kendracharge_history", args=[charge.pk]))
    )


def test_a_charge_of_no_place_and_one_that_overlaps_are_refused_in_the_form(
    appointing: Client, kendra: Kendra, operator: User
) -> None:
    address = reverse("admin:kendras_kendracharge_add")
    data = {"form_key": new_key(), "kind": "operator", "user": operator.pk}
    page = content(appointing.post(address, {**data, "kendra": "", "district": ""}))
    assert "Say at which Kendra the operator serves." in page or "An operator serves" in page
    page = content(appointing.post(address, {**data, "kendra": kendra.pk, "district": ""}))
    assert "has this charge" in page
    assert KendraCharge.objects.count() == 1


def test_charges_are_found_by_operator_and_by_kendra(
    appointing: Client, operator: User, other_operator: User
) -> None:
    for words in ("Pooja", "पूजा", "REW-0001", "बावल"):
        page = content(appointing.get(reverse(CHARGES), {"q": words}))
        assert "Pooja Rani" in page
        assert "Vikas Dahiya" not in page


def test_invitations_go_to_those_who_cannot_sign_in_yet_once(
    appointing: Client, operator: User, other_operator: User
) -> None:
    other_operator.set_password("something-long-enough")
    other_operator.save()
    data = {
        "action": "send_invitations",
        "_selected_action": list(KendraCharge.objects.values_list("pk", flat=True)),
    }
    assert "Invitations sent: 1." in told(appointing.post(reverse(CHARGES), data))
    assert Invitation.objects.get().user == operator
    assert Message.objects.filter(template__key="staff_invitation").exists()
    assert "has a link that still works" in told(appointing.post(reverse(CHARGES), data))
    assert Invitation.objects.count() == 1
