"""The guides of docs/guide/, one page per role in both languages, shown where people work."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt

# The slug in the address and the file, with the name in lists.
GUIDES = {
    "citizen": _("Guide for citizens"),
    "private-secretary": _("Guide for private secretaries"),
    "kendra": _("Guide for Kendras"),
    "plasma-bank": _("Guide for plasma banks"),
    "plasma-campaigns": _("Guide for campaigns to plasma donors"),
    "eoffice": _("Guide for e-Office desks"),
    "eoffice-officer": _("Guide for officers in e-Office"),
    "setup": _("Guide for those who set the portal up"),
    "messages-operator": _("Guide for those who watch the messages"),
}


@lru_cache(maxsize=16)
def guide(slug: str, language: str) -> SafeString:
    """Return a guide as HTML. HTML inside the Markdown is shown as text, never run."""
    path = Path(settings.BASE_DIR) / "docs" / "guide" / f"{slug}.{language}.md"
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    html: str = renderer.render(path.read_text(encoding="utf-8"))
    return SafeString(html)
