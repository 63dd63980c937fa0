"""Every form that is met is sent with what nobody types; then as it is meant, to meet the next."""

import os
import traceback
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import hypothesis
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from esachivalaya.common.idempotency import new_key
from tests.bad_input.forms import Form, forms_of
from tests.bad_input.typed import TYPED, filled
from tests.bad_input.values import change, odd
from tests.bad_input.walking import Found, text_of

EXAMPLES = int(os.environ.get("BAD_INPUT_EXAMPLES", "2"))
SEED = int(os.environ.get("BAD_INPUT_SEED", "20"))
# How many forms are filled in one after the other, to see what comes behind them.
DEEPEST = 3
# Where a form is not what is sent.
BODIES = ("", "[]", "null", "\x00", '{"to": {}, "text": [], "kind": 5}', "[" * 5000)
calm = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[hypothesis.Phase.generate],
)


class Search:
    """What was tried, and what fell."""

    def __init__(self) -> None:
        self.forms: set[tuple[str, str, tuple[str, ...]]] = set()
        self.fallen: list[str] = []
        self.count = 0
        self.raised: list[str] = []
        got_request_exception.connect(self._note)

    def _note(self, **_signal: Any) -> None:
        self.raised.append("".join(traceback.format_exc().splitlines(keepends=True)[-9:]))

    def judge(self, status: int, what: object) -> None:
        """Write down what fell."""
        self.count += 1
        if status >= 500:
            self.fallen.append(f"{status} {what!r:.600}\n{''.join(self.raised[-1:])}")

    def look(self, page: Found, depth: int = 1) -> None:
        """Try the forms of the page that are new, and those that they lead to."""
        self.judge(page.status, page.path)
        for form in forms_of(page.text):
            action = urlsplit(form.action).path or page.path
            path = action if action.startswith("/") else page.path + action
            try:
                name = resolve(path).view_name
            except Resolver404:
                continue
            key = (name, form.method, tuple(sorted(form.values)))
            if key not in self.forms:
                self.forms.add(key)
                self._try(page.client, path, form)
                if depth < DEEPEST and form.method == "post":
                    self._follow(page.client, path, form, depth + 1)

    def bare(self, name: str, client: Client, path: str) -> None:
        """Try an address that only takes what is sent, and whose form was not met."""
        if name in {key[0] for key in self.forms}:
            return
        self._try(client, path, Form(path, "post", dict(TYPED)))
        for body in BODIES:
            with Undone(client):
                answer = client.generic("POST", path, body, content_type="application/json")
                self.judge(answer.status_code, ("POST", path, body))

    def _try(self, client: Client, path: str, form: Form) -> None:
        names = sorted({*form.values, *form.files} - {"csrfmiddlewaretoken"})
        if not names:
            self.send(client, path, form, {})
            return

        @hypothesis.seed(SEED)
        @calm
        @given(st.dictionaries(st.sampled_from(names), change, min_size=1, max_size=4))
        def a_few(changes: dict[str, Any]) -> None:
            self.send(client, path, form, changes)

        @hypothesis.seed(SEED)
        @settings(calm, max_examples=max(1, EXAMPLES // 3))
        @given(odd)
        def all_alike(value: str) -> None:
            self.send(client, path, form, dict.fromkeys(names, value))

        a_few()
        all_alike()

    def send(self, client: Client, path: str, form: Form, changes: dict[str, Any]) -> None:
        """Send it so; nothing that it does stays."""
        data: dict[str, Any] = filled(form)
        for name, value in changes.items():
            if value is None:
                data.pop(name, None)
            else:
                data[name] = value
        if "key" in data and "key" not in changes:
            data["key"] = new_key()
        with Undone(client):
            try:
                answer = client.get(path, data) if form.method == "get" else client.post(path, data)
                self.judge(answer.status_code, (form.method, path, changes))
            except UnicodeEncodeError:
                # Half a character cannot be written into a form; test_addresses sends its bytes.
                self.count += 1

    def _follow(self, client: Client, path: str, form: Form, depth: int) -> None:
        """Send it as it is meant, and look at where it leads to, or at what it says is missing."""
        with Undone(client):
            answer: Any = client.post(path, filled(form))
            self.judge(answer.status_code, (form.method, path, "as it is meant"))
            leads = urlsplit(answer.headers.get("Location", ""))
            if answer.status_code in {302, 303} and not leads.netloc and leads.path != "/":
                path = leads.geturl()
                answer = client.get(path)
            page = Found("", urlsplit(path).path, client, answer.status_code, text_of(answer))
            self.look(page, depth)


class Undone:
    """Whatever is done here leaves nothing behind: neither rows nor cookies nor counts."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.block = transaction.atomic()

    def __enter__(self) -> None:
        cache.clear()
        self.cookies = SimpleCookie({name: one.value for name, one in self.client.cookies.items()})
        self.block.__enter__()

    def __exit__(self, *raised: Any) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(*raised)
        self.client.cookies = self.cookies
