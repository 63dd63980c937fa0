"""Home, the footer's pages, the guides and the gallery."""

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

pytestmark = pytest.mark.django_db

PROSE = ["how-it-works", "help", "terms", "privacy", "accessibility", "grievance-officer"]
PUBLIC = ["/", *[f"/{slug}/" for slug in PROSE], "/site-map/", "/feedback/", "/feedback/thanks/"]
GUIDES = ["citizen", "private-secretary", "kendra", "setup", "messages-operator"]


def reading(language: str) -> Client:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


class Outline(HTMLParser):
    """The headings, the language and anything inline that the policy of the pages forbids."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.language = ""
        self.forbidden: list[str] = []
        self.ids: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.forbidden.append(tag)
        self.forbidden += [name for name in given if name == "style" or name.startswith("on")]
        if given.get("id"):
            self.ids.append(str(given["id"]))


@pytest.mark.parametrize("language", ["hi", "en"])
@pytest.mark.parametrize("address", [*PUBLIC, *[f"/guide/{slug}/" for slug in GUIDES]])
def test_a_public_page_is_whole_in_each_language(address: str, language: str) -> None:
    response = reading(language).get(address)
    assert response.status_code == 200
    outline = Outline(response.content.decode())
    assert outline.language == language
    assert outline.headings.count(1) == 1
    assert outline.forbidden == []
    assert len(outline.ids) == len(set(outline.ids))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_page_is_hindi_where_nothing_else_was_chosen(address: str) -> None:
    assert Outline(Client().get(address).content.decode()).language == "hi"


@pytest.mark.parametrize("address", [*PUBLIC, "/guide/citizen/"])
def test_the_two_languages_are_two_texts(address: str) -> None:
    def words(language: str) -> str:
        html = reading(language).get(address).content.decode()
        main = html[html.index("<main") : html.index("</main>")]
        return re.sub(r"<[^>]*>", " ", main)

    devanagari = re.compile("[\u0900-\u097f]")
    english = words("en").replace("उपायुक्त", "")
    assert not devanagari.search(english)
    assert len(devanagari.findall(words("hi"))) > 20


@pytest.mark.parametrize("address", PUBLIC)
def test_a_page_that_only_shows_takes_no_post(address: str) -> None:
    if address != "/feedback/":
        assert Client().post(address).status_code == 405


def test_home_names_the_three_actions_the_promise_and_where_to_get_help() -> None:
    html = reading("en").get("/").content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    for words in ["Book a meeting", "Track a request", "My appointments", "24 hours", "Kendra"]:
        assert words in main


def test_the_footer_holds_what_a_government_site_must_offer() -> None:
    html = reading("en").get("/").content.decode()
    footer = html[html.index("<footer") :]
    for words in [
        "Help line",
        "How it works",
        "Terms of use",
        "Privacy",
        "Accessibility",
        "Site map",
        "Feedback",
        "Grievance officer",
        "Promise board",
        "Last updated",
    ]:
        assert words in footer


def test_the_demo_says_that_it_is_one(settings) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = True
    assert "demo-banner" in Client().get("/").content.decode()
    settings.DEMO = False
    assert "demo-banner" not in Client().get("/").content.decode()


def test_the_gallery_is_there_only_in_a_demo(settings) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = True
    response = reading("hi").get("/gallery/")
    assert response.status_code == 200
    assert Outline(response.content.decode()).forbidden == []
    settings.DEMO = False
    assert Client().get("/gallery/").status_code == 404


def test_a_guide_that_is_not_there_is_not_found() -> None:
    assert Client().get("/guide/minister/").status_code == 404


def test_what_a_first_visit_loads_stays_far_below_100_kb() -> None:
    page = Client().get("/").content
    files = ["vendor/bootstrap/bootstrap.min.css", "css/tokens.css", "css/app.css"]
    files += ["js/portal.js", "icons/sprite.svg", "icons/favicon.svg"]
    total = len(gzip.compress(page))
    for name in files:
        path = finders.find(name)
        assert isinstance(path, str)
        total += len(gzip.compress(Path(path).read_bytes()))
    assert total < 60_000
    assert len(gzip.compress(page)) < 20_000


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    sprite = Path(str(finders.find("icons/sprite.svg"))).read_text()
    drawn = set(re.findall(r'<symbol id="([a-z-]+)"', sprite))
    named: set[str] = set()
    for path in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        named |= set(re.findall(r'{% icon "([a-z-]+)" %}', path.read_text()))
    assert named - drawn == set()


def test_no_stylesheet_points_outside_the_portal() -> None:
    for name in ["vendor/bootstrap/bootstrap.min.css", "css/tokens.css", "css/app.css"]:
        css = Path(str(finders.find(name))).read_text()
        assert "url(http" not in css
        assert "url(data:" not in css
        assert "@import" not in css
