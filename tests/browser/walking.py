"""A person who opens one page of each kind that they can reach by links, and what was wrong there.

Every page is asked three things: did the browser refuse anything by the Content-Security-Policy,
did it complain in its console, was anything that the page needs not there.
"""

from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page, Response

# Before anything of the page runs: whatever the policy refuses is told in the console too, with
# what and where, also where the policy only reports.
LISTEN = """
document.addEventListener('securitypolicyviolation', (told) =>
  console.error(`CSP ${told.effectiveDirective}: ${told.blockedURI} ${told.sourceFile || ''}`));
"""
# A picture or a file is no page; downloads end the way of a browser.
NO_PAGES = ("/static/",)
FILES = frozenset("ics csv pdf png jpg jpeg webp json zip svg xlsx".split())
# So many kinds of pages are opened for one person at most.
MOST = 60


class Walk:
    """One person's walk; ``wrong`` holds what was found, ``seen`` the kinds of pages opened."""

    def __init__(self, page: Page, host: str) -> None:
        self.page = page
        self.host = host
        self.seen: dict[str, str] = {}
        self.wrong: list[str] = []
        page.context.add_init_script(LISTEN)
        page.on("response", self._heard)

    def through(self, *starts: str, within: str = "/") -> "Walk":
        """Open the pages at ``starts``, then one of each kind under ``within`` that links lead to.

        What a person may not open has a page too, and is looked at; only the portal's own failures
        (5xx) are wrong.
        """
        waiting = list(starts)
        while waiting and len(self.seen) < MOST:
            address = waiting.pop(0)
            kind = kind_of(address) or (address if address in starts else None)
            if kind is None or kind in self.seen:
                continue
            self.seen[kind] = address
            waiting += [link for link in self._opened(address) if link.startswith(within)]
        return self

    def _opened(self, address: str) -> list[str]:
        try:
            answer = self.page.goto(urljoin(self.host, address), wait_until="load")
        except Error as stopped:
            if "Download is starting" not in str(stopped):
                raise
            # A file, by an address that does not say so.
            return []
        if answer is not None and answer.status >= 500:
            self.wrong.append(f"{address}: {answer.status}")
        links: list[str] = self.page.eval_on_selector_all(
            "a[href]:not([download])", "(all) => all.map((one) => one.href)"
        )
        here = urlsplit(self.host).netloc
        return [
            f"{parts.path}?{parts.query}" if parts.query else parts.path
            for parts in map(urlsplit, links)
            if parts.netloc == here
        ]

    def _heard(self, answer: Response) -> None:
        wanted = answer.request.resource_type in {"script", "stylesheet", "font", "image"}
        if wanted and answer.status >= 400:
            self.wrong.append(f"{self.page.url}: {answer.url} is not there ({answer.status})")


def kind_of(address: str) -> str | None:
    """Return the name of the page at ``address``; None for what is no page of ours."""
    path = urlsplit(address).path
    if path.startswith(NO_PAGES) or path.rsplit(".", 1)[-1].lower() in FILES:
        return None
    try:
        return resolve(path).view_name
    except Resolver404:
        return None
