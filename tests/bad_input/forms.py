"""The forms of a page, read as a browser reads them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

FIELDS = {"input", "select", "textarea", "button"}


@dataclass
class Form:
    """Where it is sent, how, and what stands in its fields when nobody touches them."""

    action: str = ""
    method: str = "get"
    values: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.open: Form | None = None
        self.choosing = ""
        self.writing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(told.get("action", ""), told.get("method", "get").lower())
            self.found.append(self.open)
            self.by_id[told.get("id", "")] = self.open
            return
        form = self.by_id.get(told.get("form", ""), self.open) if "form" in told else self.open
        if form is None:
            return
        name = told.get("name", "")
        if tag in FIELDS and name:
            self._field(form, tag, name, told)
        elif tag == "option" and self.choosing:
            chosen = "selected" in told or not form.values.get(self.choosing)
            if chosen:
                form.values[self.choosing] = told.get("value", "")

    def _field(self, form: Form, tag: str, name: str, told: dict[str, str]) -> None:
        if told.get("type") == "file":
            form.files.add(name)
        elif told.get("type") in {"radio", "checkbox"} and "checked" not in told:
            form.values.setdefault(name, told.get("value", "on"))
        else:
            form.values[name] = told.get("value", "")
        self.choosing = name if tag == "select" else self.choosing
        self.writing = name if tag == "textarea" else ""

    def handle_data(self, data: str) -> None:
        if self.writing and self.open is not None:
            self.open.values[self.writing] = data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        if tag == "select":
            self.choosing = ""
        if tag == "textarea":
            self.writing = ""


def forms_of(page: str) -> list[Form]:
    """Every form of the page, in the page's order."""
    reader = _Reader()
    reader.feed(page)
    return reader.found
