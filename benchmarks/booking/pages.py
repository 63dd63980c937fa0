"""What a page costs: bytes on the line at the first and the next visit, statements behind it.

Pages are compressed as the reverse proxy does it (gzip at its default level 1); style sheets,
scripts and images come compressed from WhiteNoise and, being named by their content, are never
asked for again.
"""

import gzip
import http.client
import re
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.drafts import STEPS
from benchmarks.booking.cases import Case
from officials.models import Post

IN_PAGE = re.compile(
    r"""<(?:link|script|img|image|use|source)\b[^>]*?\s(?:href|src)="([^"]+)\"""", re.IGNORECASE
)
IN_STYLE = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
IN_SCRIPT = re.compile(r"""(?<!["'\w])(?:from|import)\s*\(?\s*["']([^"'\s]+)["']""")
PROXY_LEVEL = 1


class Browser:
    """Fetches over HTTP, counts bytes as they came, and follows what a page loads."""

    def __init__(self, port: int) -> None:
        self.link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.loaded: dict[str, tuple[int, bool, list[str]]] = {}

    def visit(self, url: str, cookies: dict[str, str]) -> tuple[int, int]:
        """Return the bytes of the first and of the next visit to a page."""
        status, headers, body = self._get(url, cookies)
        if status != 200:
            raise SystemExit(f"{url} answers {status}: its size cannot be measured.")
        page = len(body)
        if headers.get("content-encoding") != "gzip":
            page = len(gzip.compress(body, PROXY_LEVEL))
        else:
            body = gzip.decompress(body)
        parts = set(self._all_of(_links(IN_PAGE, url, body)))
        first = page + sum(self.loaded[part][0] for part in parts)
        again = page + sum(self.loaded[part][0] for part in parts if not self.loaded[part][1])
        return first, again

    def _all_of(self, urls: list[str]) -> Iterator[str]:
        for url in urls:
            if url not in self.loaded:
                self.loaded[url] = self._load(url)
            yield url
            yield from self._all_of(self.loaded[url][2])

    def _load(self, url: str) -> tuple[int, bool, list[str]]:
        """Return a part's bytes, whether it is kept for good, and what it loads itself."""
        status, headers, body = self._get(url, {})
        if status != 200:
            raise SystemExit(f"{url} answers {status}.")
        size = len(body)
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        inside: list[str] = []
        if url.endswith(".css"):
            inside = _links(IN_STYLE, url, body)
        elif url.endswith(".js"):
            inside = _links(IN_SCRIPT, url, body)
        return size, "immutable" in headers.get("cache-control", ""), inside

    def _get(self, url: str, cookies: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        held = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.link.request(
            "GET",
            url,
            headers={"Accept-Encoding": "gzip", "Accept-Language": "hi-IN", "Cookie": held},
        )
        answer = self.link.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read()


def _links(pattern: re.Pattern[str], base: str, body: bytes) -> list[str]:
    found = [next(filter(None, match.groups())) for match in pattern.finditer(body.decode())]
    return [
        urldefrag(urljoin(base, link)).url
        for link in found
        if not link.startswith(("data:", "http:", "https:", "#", "mailto:", "tel:"))
        and "/static/" in urljoin(base, link)
    ]


def sizes(port: int, case: Case) -> dict[str, tuple[int, int]]:
    """Return the bytes of the first and the next visit to each page of a booking's way."""
    browser = Browser(port)
    new = reverse("appointments:new", args=[case.post.code])
    urls = {
        "home": reverse("home"),
        "directory": reverse("officials:directory"),
        "post": reverse("officials:post", args=[case.post.code]),
        "time": new,
        **{
            step: reverse("appointments:new-step", args=[case.post.code, step])
            for step in STEPS[1:]
        },
    }
    return {name: browser.visit(url, case.cookies) for name, url in urls.items()}


def queries_of_post_page(post: Post) -> int:
    """Return how many statements the page of ``post`` needs."""
    with CaptureQueriesContext(connection) as spoken:
        answer = Client(SERVER_NAME="127.0.0.1").get(reverse("officials:post", args=[post.code]))
    if answer.status_code != 200:
        raise SystemExit(f"The page of {post.code} answers {answer.status_code}.")
    return len(spoken.captured_queries)
