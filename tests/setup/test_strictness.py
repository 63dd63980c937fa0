"""The tests are strict: no hole in a template, no way out of the loopback."""

import socket
import warnings

import pytest
from django.template import Context, Template, engines
from django.template.base import Origin

from tests import template_variables

OURS = f"{template_variables.OUR_TEMPLATES}/appointments/some.html"
FOREIGN = "/elsewhere/admin/change_form.html"


def rendered(text: str, origin: str) -> str:
    engine = engines["django"].engine  # type: ignore[attr-defined]
    return Template(text, Origin(origin), engine=engine).render(Context({"given": "here"}))


def holes() -> list[str]:
    """What was found so far, and forgets it, so that this test itself does not fail."""
    holes = list(template_variables.found)
    template_variables.found.clear()
    return holes


def test_an_undefined_variable_in_our_template_is_found() -> None:
    assert rendered("{{ given }}{{ missing }}", OURS) == "here"
    assert holes() == [f"undefined template variable 'missing' in {OURS}"]


@pytest.mark.parametrize(
    "text", ["{{ missing|default:'x' }}", "{% if missing %}x{% endif %}", "{{ given.upper }}"]
)
def test_what_may_be_missing_says_so(text: str) -> None:
    rendered(text, OURS)
    assert holes() == []


def test_templates_of_others_behave_as_ever() -> None:
    assert rendered("{{ missing|default_if_none:'x' }}{{ missing|yesno:'a,b,c' }}", FOREIGN) == "b"
    assert holes() == []


def test_sockets_beyond_loopback_are_blocked() -> None:
    with pytest.raises(UserWarning, match=r"192\.0\.2\.1"), socket.socket() as link:
        link.connect(("192.0.2.1", 80))


def test_warnings_are_errors() -> None:
    with pytest.raises(UserWarning):
        warnings.warn("look out", UserWarning, stacklevel=1)
