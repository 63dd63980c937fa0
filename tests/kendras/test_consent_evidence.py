"""The evidence of a consent: an auditor opens it with a purpose, which is recorded; nobody else."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.models import Detail, Entry
from esachivalaya.audit.verification import broken_links
from esachivalaya.audit.words import act_words
from kendras.models import Consent, Kendra
from kendras.services import names_seen
from kendras.services.booking import Booked, book
from kendras.services.consents import ConsentGiven
from tests.at_a_kendra import a_key, booked, counter_wish, known, paper, read_out, somebody
from tests.draws import announced
from tests.kendras.queues import copies
from tests.people import Cast, make_staff, make_superuser, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db
LIST = "/admin/kendras/consent/"
PHONE = "+919800000001"
WHY = "Complaint 17 of the Sarpanch of Bawal"
WITNESS = "Dharampal Nambardar"


@pytest.fixture
def auditor() -> User:
    return make_staff("anita", roles=("auditor",), language="en")


@pytest.fixture
def anita(client: Client, auditor: User) -> Client:
    client.cookies["language"] = "en"
    return sign_in_staff(client, auditor)


@pytest.fixture
def on_paper(cast: Cast, kendra: Kendra, operator: User) -> Booked:
    slip = paper("BW-00417", witness=WITNESS)
    return booked(kendra, operator, cast.rewari, consent=slip, person=somebody(name="Phoolwati D"))


@pytest.fixture
def by_code(cast: Cast, kendra: Kendra, operator: User) -> Booked:
    key = a_key()
    read_out(kendra, operator, PHONE, key)
    wanted = counter_wish(cast.rewari, person=known(cast.asha), consent=ConsentGiven("code"))
    return book(kendra=kendra, by=operator, wanted=wanted, key=key)


def page_of(done: Booked) -> str:
    return f"{LIST}{done.booking.consent_id}/change/"


def opened(client: Client, done: Booked, purpose: str = WHY) -> Any:
    return client.post(page_of(done), {"purpose": purpose})


def entries() -> Any:
    return Entry.objects.filter(act="consent_opened")


class TestTheList:
    def test_it_names_nobody(
        self, anita: Client, on_paper: Booked, by_code: Booked, cast: Cast, operator: User
    ) -> None:
        page = anita.get(LIST).content.decode()
        for done in (on_paper, by_code):
            assert f"ES {done.reference[2:6]} {done.reference[6:]}" in page
        assert "REW-0001" in page
        for hidden in ("Phoolwati", cast.asha.name, operator.name_en, WITNESS, "BW-00417", "98000"):
            assert hidden not in page, hidden

    def test_found_by_what_an_auditor_has_in_hand(
        self, anita: Client, on_paper: Booked, by_code: Booked
    ) -> None:
        def found(words: str) -> set[int]:
            return {row.pk for row in anita.get(LIST, {"q": words}).context["cl"].result_list}

        first, second = on_paper.booking.consent_id, by_code.booking.consent_id
        assert found(on_paper.reference.lower()) == {first}
        assert found("bw-00417") == {first}
        assert found("rew-0001") == {first, second}
        for other in ("Phoolwati", "9800000001", WITNESS, "x" * 500):
            assert not found(other), other

    def test_as_many_queries_for_many(self, anita: Client, on_paper: Booked) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert anita.get(LIST).status_code == 200
            return len(queries)

        asked()
        few = asked()
        copies(on_paper, 20)
        assert asked() == few

    def test_the_auditors_desk_leads_there(self, anita: Client) -> None:
        assert LIST in anita.get("/admin/").content.decode()


class TestTheEvidence:
    def test_before_the_purpose_what_names_nobody(
        self, anita: Client, on_paper: Booked, operator: User
    ) -> None:
        page = anita.get(page_of(on_paper)).content.decode()
        assert "REW-0001" in page
        assert "Why do you open this evidence?" in page
        for hidden in ("Phoolwati", WITNESS, "BW-00417", operator.name_en):
            assert hidden not in page, hidden
        assert not entries().exists()

    @pytest.mark.parametrize("purpose", ["", "because", "x" * 19, " " * 30, "\x00" * 30, "x" * 301])
    def test_nor_with_one_that_says_nothing(
        self, anita: Client, on_paper: Booked, purpose: str
    ) -> None:
        answer = opened(anita, on_paper, purpose)
        assert answer.status_code == 422
        assert "Phoolwati" not in answer.content.decode()
        assert not entries().exists()

    def test_of_a_slip_its_number_and_the_witness(
        self, anita: Client, auditor: User, on_paper: Booked, operator: User
    ) -> None:
        answer = opened(anita, on_paper)
        page = answer.content.decode()
        assert answer.status_code == 200
        for shown in ("Phoolwati D", WITNESS, "BW-00417", operator.name_en, "lies sealed"):
            assert shown in page, shown
        entry = entries().get()
        assert entry.actor == auditor
        assert (entry.subject_kind, entry.subject_id) == (
            "kendras.consent",
            str(on_paper.booking.consent_id),
        )
        assert Detail.objects.get(pk=entry.pk).data == {"purpose": WHY}
        assert act_words(entry.act) != "consent opened"
        assert "no-store" in answer["Cache-Control"]

    def test_of_a_code_the_number_and_when(
        self, anita: Client, by_code: Booked, cast: Cast
    ) -> None:
        page = opened(anita, by_code).content.decode()
        assert cast.asha.name in page
        assert "98000 00001" in page
        assert "Code read out rightly" in page

    def test_never_what_the_meeting_is_about(
        self, anita: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        done = booked(kendra, operator, cast.rewari, private=True, subject="My divorce")
        page = opened(anita, done).content.decode()
        assert "My divorce" not in page
        assert cast.rewari.title_en not in page

    def test_of_a_wish_in_a_draw(
        self, anita: Client, cast: Cast, kendra: Kendra, operator: User
    ) -> None:
        draw = announced(cast)
        done = booked(kendra, operator, cast.rewari, slot=None, draw=draw.pk)
        wish = done.booking.wish
        assert wish is not None
        assert wish.spoken in anita.get(LIST).content.decode()
        assert opened(anita, done).status_code == 200
        assert {row.pk for row in anita.get(LIST, {"q": wish.code}).context["cl"].result_list} == {
            done.booking.consent_id
        }

    def test_each_opening_is_kept_and_the_chain_is_whole(
        self, anita: Client, on_paper: Booked
    ) -> None:
        for _ in range(3):
            opened(anita, on_paper)
        assert entries().count() == 3
        assert not list(broken_links())

    def test_no_record_no_evidence(
        self, anita: Client, on_paper: Booked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_args: Any, **_kwargs: Any) -> None:
            raise RuntimeError("the record is full")

        monkeypatch.setattr(names_seen, "record", fails)
        anita.raise_request_exception = False
        answer = opened(anita, on_paper)
        assert answer.status_code == 500
        assert "Phoolwati" not in answer.content.decode()

    def test_a_switch_of_language_keeps_the_words_and_opens_nothing(
        self, anita: Client, on_paper: Booked
    ) -> None:
        given = {"purpose": "Half a sent", "switch_language": "hi"}
        answer = anita.post(page_of(on_paper), given)
        assert "Half a sent" in answer.content.decode()
        assert "Phoolwati" not in answer.content.decode()
        assert not entries().exists()

    def test_what_is_not_there_is_a_404(self, anita: Client, on_paper: Booked) -> None:
        for wrong in ("999999", "9" * 40, "x", "-1"):
            assert anita.get(f"{LIST}{wrong}/change/").status_code == 404, wrong


class TestNobodyElse:
    def test_sees_or_opens_it(
        self, on_paper: Booked, cast: Cast, operator: User, supervisor: User
    ) -> None:
        for user in (cast.meera, cast.nasreen, cast.gurpreet, make_superuser()):
            client = sign_in_staff(Client(), user)
            assert client.get(LIST).status_code == 403, user
            assert client.get(page_of(on_paper)).status_code in (403, 404), user
            assert opened(client, on_paper).status_code in (403, 404), user
            assert LIST not in client.get("/admin/").content.decode()
        for client in (
            sign_in_staff(Client(), operator),
            sign_in_staff(Client(), supervisor),
            sign_in_household(Client(), cast.household),
            Client(),
        ):
            assert client.get(LIST).status_code == 302
            assert client.get(page_of(on_paper)).status_code == 302
            assert opened(client, on_paper).status_code == 302
        assert not entries().exists()

    def test_nothing_is_added_changed_or_removed(self, anita: Client, on_paper: Booked) -> None:
        assert anita.get(f"{LIST}add/").status_code == 403
        path = f"{LIST}{on_paper.booking.consent_id}/delete/"
        assert anita.post(path, {"post": "yes"}).status_code == 403
        for method in (anita.put, anita.delete):
            assert method(page_of(on_paper)).status_code in (404, 405)
        assert Consent.objects.filter(pk=on_paper.booking.consent_id).exists()

    def test_the_service_looks_again(
        self, on_paper: Booked, supervisor: User, operator: User, auditor: User
    ) -> None:
        consent = on_paper.booking.consent
        for other in (supervisor, operator, make_superuser()):
            with pytest.raises(PermissionDenied):
                names_seen.open_consent(consent=consent, by=other, purpose=WHY)
        with pytest.raises(Refused):
            names_seen.open_consent(consent=consent, by=auditor, purpose="because" + " " * 20)
        assert not entries().exists()
