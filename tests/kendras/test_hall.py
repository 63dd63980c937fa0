"""The screen in the hall: public, numbers only, and light."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from esachivalaya.accounts.models import User
from kendras.models import Kendra
from kendras.services import tokens

pytestmark = pytest.mark.django_db
SCRIPT = {"Accept": "application/json, text/html"}
HALL = "/kendra/REW-0001/hall/"


@pytest.fixture
def called(kendra: Kendra, operator: User) -> None:
    """Numbers 1 to 4: the first served, the second called to counter 3, two wait."""
    for _place in range(4):
        tokens.issue(kendra=kendra, by=operator)
    for _place in range(2):
        tokens.call_next(kendra=kendra, by=operator, counter=3)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.mark.usefixtures("called")
class TestWhatItShows:
    def test_the_number_with_its_counter_and_who_comes_next(self, client: Client) -> None:
        page = client.get(HALL).content.decode()
        main = words(page[page.index("<main") : page.index("</main")])
        assert "अभी बुलाया गया टोकन Now called 2 काउंटर Counter 3" in main
        assert main.endswith("आगे के टोकन Next 3 4")

    def test_no_name_and_no_secret(self, client: Client, operator: User) -> None:
        page = client.get(HALL).content.decode()
        assert operator.name_en not in page
        assert "csrf" not in page
        assert not client.cookies

    def test_without_scripts_the_browser_reads_it_anew(self, client: Client) -> None:
        page = client.get(HALL).content.decode()
        assert re.search(r'<noscript><meta http-equiv="refresh" content="\d+"></noscript>', page)


class TestWhoIsThere:
    def test_an_unknown_kendra_and_one_out_of_service_are_not_there(
        self, client: Client, kendra: Kendra
    ) -> None:
        unknown = client.get("/kendra/REW-9999/hall/")
        Kendra.objects.update(active=False)
        closed = client.get(HALL)
        assert unknown.status_code == closed.status_code == 404
        assert client.get("/kendra/REW-9999/hall/", headers=SCRIPT).status_code == 404

    def test_an_empty_hall_says_so(self, client: Client, kendra: Kendra) -> None:
        assert "Nobody waits" in words(client.get(HALL).content.decode())

    def test_only_read(self, client: Client, kendra: Kendra) -> None:
        assert client.post(HALL).status_code == 405

    def test_yesterdays_numbers_are_gone(
        self, client: Client, kendra: Kendra, operator: User
    ) -> None:
        token = tokens.issue(kendra=kendra, by=operator)
        tokens.today_of(kendra).update(day=F("day") - timedelta(days=1))
        page = words(client.get(HALL).content.decode())
        assert f"Next {token.number}" not in page


@pytest.mark.usefixtures("called")
class TestPolling:
    def test_one_query_and_nothing_sent_when_nothing_changed(
        self, client: Client, kendra: Kendra, operator: User
    ) -> None:
        with CaptureQueriesContext(connection) as caught:
            first = client.get(HALL, headers=SCRIPT)
        assert len(caught) == 1
        assert b"<html" not in first.content
        with CaptureQueriesContext(connection) as caught:
            again = client.get(HALL, headers={**SCRIPT, "If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, len(caught)) == (304, b"", 1)
        tokens.call_next(kendra=kendra, by=operator, counter=3)
        changed = client.get(HALL, headers={**SCRIPT, "If-None-Match": first["ETag"]})
        assert changed.status_code == 200

    def test_a_number_called_once_more_is_a_new_call(
        self, client: Client, kendra: Kendra, operator: User
    ) -> None:
        first = client.get(HALL, headers=SCRIPT)
        token = tokens.today_of(kendra).get(number=2)
        tokens.call(token=token, by=operator, counter=3)
        again = client.get(HALL, headers={**SCRIPT, "If-None-Match": first["ETag"]})
        assert again.status_code == 200
