"""Services and schemes: looked up by anybody, with a way to an appointment."""

from typing import Any

import pytest
from django.test import Client

from officials.models import Service
from tests.appointments.citizens import url
from tests.catalogue import make_deed_service, make_service
from tests.people import Cast, make_post

pytestmark = pytest.mark.django_db

LIST = "/officials/services/"


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def allowance(cast: Cast) -> Service:
    return make_service()


@pytest.fixture
def deed(cast: Cast) -> Service:
    return make_deed_service()


@pytest.mark.usefixtures("allowance", "deed")
class TestList:
    @pytest.mark.parametrize("typed", ["budhapa pension", "old age alowance", "वृद्धावस्था"])
    def test_it_is_found_as_people_say_it(self, english: Client, typed: str) -> None:
        page = english.get(LIST, {"q": typed}).content.decode()
        assert "Old Age Samman Allowance" in page
        assert "Registration of sale deed" not in page

    def test_it_is_narrowed_by_department_and_kind(self, english: Client) -> None:
        make_service("PWR", department="POW", name_en="New connection", kind="service")
        page = english.get(LIST, {"department": "POW"}).content.decode()
        assert "New connection" in page
        assert "sale deed" not in page
        assert "sale deed" not in english.get(LIST, {"kind": "scheme"}).content.decode()
        assert english.get(LIST, {"kind": "x", "department": "x", "after": "x"}).status_code == 200

    def test_what_is_not_notified_is_said(self, english: Client) -> None:
        page = english.get(LIST).content.decode()
        assert "To be given within 60 working days" in page
        assert "Time limit not notified here" in page

    @pytest.mark.parametrize("typed", ["qqqqxyz", "!!!", "\x00", "x" * 5_000])
    def test_nothing_found_says_what_to_do(self, english: Client, typed: str) -> None:
        assert english.get(LIST, {"q": typed}).status_code == 200
        assert "Show all services and schemes" in english.get(LIST, {"q": "qqqq"}).content.decode()

    @pytest.mark.parametrize("services", [1, 60])
    def test_it_makes_at_most_three_queries(
        self, english: Client, services: int, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(services):
            make_service(f"X-{number:03}", name_en=f"Certificate {number}")
        with django_assert_max_num_queries(3):
            first = english.get(LIST)
        if services > 20:
            assert "after=" in first.content.decode()

    def test_every_service_is_on_one_of_the_pages(self, english: Client) -> None:
        for number in range(45):
            make_service(f"X-{number:03}", name_en=f"Certificate {number}")
        seen: list[str] = []
        after = ""
        while True:
            page = english.get(LIST, {"q": "certificate", "after": after}).context["page"]
            seen += [service.code for service in page.rows]
            after = page.next
            if not after:
                break
        assert len(seen) == len(set(seen)) == 45

    def test_it_is_only_read(self, english: Client) -> None:
        assert english.post(LIST).status_code == 405


class TestService:
    def test_it_says_who_what_and_by_when(self, english: Client, deed: Service) -> None:
        page = english.get(f"{LIST}REV-DEED/").content.decode()
        for words in (
            "Whoever sells land in the State",
            "<li>Last jamabandi</li>",
            "60 working days",
            "Sub Registrar",
            "₹ 10",
            "₹ 30",
            "RTS notification",
        ):
            assert words in page
        # The second authority alone is empty.
        assert page.count("not notified here") == 1

    def test_empty_figures_are_not_notified_and_never_zero(
        self, english: Client, allowance: Service
    ) -> None:
        page = english.get(f"{LIST}SJE-OLD/").content.decode()
        assert page.count("not notified here") == 6
        assert "₹ 0" not in page
        assert "None" not in page

    def test_hindi_is_hindi(self, client: Client, deed: Service) -> None:
        client.cookies["language"] = "hi"
        page = client.get(f"{LIST}REV-DEED/").content.decode()
        assert "बैनामा का पंजीकरण" in page
        assert "उप पंजीयक" in page
        assert "Sub Registrar" not in page

    def test_a_code_in_small_letters_leads_to_it(self, english: Client, deed: Service) -> None:
        assert english.get(f"{LIST}rev-deed/")["Location"] == f"{LIST}REV-DEED/"

    @pytest.mark.parametrize("code", ["NONE", "x" * 300, "%00"])
    def test_what_is_not_there_is_not_there(
        self, english: Client, deed: Service, code: str
    ) -> None:
        assert english.get(f"{LIST}{code}/").status_code == 404

    def test_what_is_not_offered_is_not_there(self, english: Client, deed: Service) -> None:
        Service.objects.update(active=False)
        assert english.get(f"{LIST}REV-DEED/").status_code == 404
        assert "sale deed" not in english.get(LIST).content.decode()

    def test_it_is_only_read(self, english: Client, deed: Service) -> None:
        assert english.post(f"{LIST}REV-DEED/").status_code == 405

    def test_it_makes_two_queries(
        self, english: Client, deed: Service, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(2):
            english.get(f"{LIST}REV-DEED/")

    def test_it_leads_to_the_offices_of_its_department(
        self, english: Client, cast: Cast, deed: Service
    ) -> None:
        make_post("MIN-HOME")
        page = english.get(english.get(f"{LIST}REV-DEED/").context["book_url"]).content.decode()
        assert "/officials/DC-REW/?service=REV-DEED" in page
        assert "/officials/MIN-HOME/" not in page
        assert "Registration of sale deed" in page

    def test_without_an_office_of_its_own_it_leads_to_the_deputy_commissioners(
        self, english: Client, cast: Cast
    ) -> None:
        make_service("POW-CONN", department="POW", name_en="New electricity connection")
        shown = english.get(f"{LIST}POW-CONN/")
        assert "The Deputy Commissioner of your district" in shown.content.decode()
        page = english.get(shown.context["book_url"]).content.decode()
        assert "/officials/DC-REW/?service=POW-CONN" in page
        assert "/officials/DIV-GGM/" not in page


@pytest.mark.usefixtures("deed")
class TestOnTheWay:
    def test_the_directorys_filters_and_the_post_page_keep_it(
        self, english: Client, cast: Cast
    ) -> None:
        page = english.get("/officials/", {"service": "REV-DEED", "q": ""}).content.decode()
        assert '<input type="hidden" name="service" value="REV-DEED"' in page
        assert "Show all" not in page
        post = english.get("/officials/DC-REW/", {"service": "REV-DEED"}).content.decode()
        assert '<input type="hidden" name="service" value="REV-DEED">' in post
        assert 'href="/officials/?service=REV-DEED"' in post
        full = english.get("/officials/DIV-GGM/", {"service": "REV-DEED"}).content.decode()
        assert "/appointments/new/DIV-GGM/?slot=any&amp;service=REV-DEED" in full

    @pytest.mark.parametrize("code", ["NONE", "x" * 300, "\x00", "' OR 1=1"])
    def test_what_names_no_service_counts_as_not_given(
        self, english: Client, cast: Cast, code: str
    ) -> None:
        for address in ("/officials/", "/officials/DC-REW/", url("DC-REW", "time")):
            answer = english.get(address, {"service": code})
            assert answer.status_code == 200
            assert "Your meeting is about" not in answer.content.decode()
