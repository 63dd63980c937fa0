"""Where to go next is a page of this portal, or it counts as not said: found by the search."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("wanted", ["2202-12-26", "û|", "nothing", "x:y"])
@pytest.mark.parametrize("page", ["/accounts/language/", "/accounts/sign-out/"])
def test_a_word_that_is_no_page_leads_to_the_usual_one(page: str, wanted: str) -> None:
    client = Client(raise_request_exception=False)
    answer = client.post(page, {"next": wanted, "language": "hi"})
    assert answer.status_code == 302
    assert answer["Location"] == "/"
