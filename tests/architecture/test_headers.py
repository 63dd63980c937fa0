"""What every answer tells the browser, and that no template holds anything that it would refuse."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests import people

ROOT = Path(settings.BASE_DIR)
INLINE = re.compile(
    r"""<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|=["']?javascript:""", re.IGNORECASE
)
# What the browser never sees: comments and tags of the templates.
UNSEEN = re.compile(r"{% comment.*?endcomment %}|{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
# Mail programs know no style sheets of ours, and no policy; it is never shown as a page.
NO_PAGES = {"notifications/email.html"}
PAGES = ["/", "/privacy/", "/accounts/sign-in/", "/admin/login/", "/plasma/", "/officials/", "/no/"]
# What a real installation is given; made up, and of use for nothing.
PRODUCTION = {
    "SECRET_KEY": "checked-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "PUBLIC_URL": "https://esachivalaya.example.in",
    "ALLOWED_HOSTS": "esachivalaya.example.in",
}


def test_no_template_of_a_page_holds_inline_scripts_styles_or_handlers() -> None:
    folder = ROOT / "templates"
    found = [
        f"{name}: {match.group()}"
        for file in folder.rglob("*.html")
        if (name := str(file.relative_to(folder))) not in NO_PAGES
        for match in INLINE.finditer(UNSEEN.sub("", file.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_every_answer_carries_the_headers(address: str) -> None:
    answer = Client().get(address)
    policy = dict(
        part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] in {"same-origin", "strict-origin"}
    assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.django_db
def test_the_admin_carries_the_same() -> None:
    client = people.sign_in_staff(Client(), people.make_staff("setup.one", roles=("setup",)))
    answer = client.get("/admin/")
    assert answer.status_code == 200
    assert "script-src 'self';" in f"{answer['Content-Security-Policy']};"
    assert "'unsafe" not in answer["Content-Security-Policy"]


def test_behind_tls_nothing_goes_without_it() -> None:
    names = """
        SECURE_HSTS_SECONDS SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_HSTS_PRELOAD SECURE_SSL_REDIRECT
        SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE LANGUAGE_COOKIE_SECURE SESSION_COOKIE_HTTPONLY
        CSRF_COOKIE_HTTPONLY SESSION_COOKIE_SAMESITE CSRF_COOKIE_SAMESITE SESSION_COOKIE_NAME
        CSRF_COOKIE_NAME SESSION_COOKIE_DOMAIN
    """.split()
    program = (
        "import json; from django.conf import settings; "
        f"print(json.dumps({{name: getattr(settings, name) for name in {names}}}))"
    )
    env = {**os.environ, **PRODUCTION, "DJANGO_SETTINGS_MODULE": "esachivalaya.settings"}
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(told.stdout)
    assert found.pop("SECURE_HSTS_SECONDS") >= 365 * 24 * 3600
    assert found.pop("SESSION_COOKIE_DOMAIN") is None
    assert found.pop("SESSION_COOKIE_SAMESITE") == found.pop("CSRF_COOKIE_SAMESITE") == "Lax"
    assert found.pop("SESSION_COOKIE_NAME").startswith("__Host-")
    assert found.pop("CSRF_COOKIE_NAME").startswith("__Host-")
    assert set(found.values()) == {True}, found
