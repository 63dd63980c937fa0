"""Extracts, merges, checks and compiles the translations; runs inside `.venv`, needs no gettext.

Extraction goes through Babel for Python and through Django's own `templatize` for templates.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent.parent
HINDI = ROOT / "locale" / "hi" / "LC_MESSAGES" / "django.po"
PARTS = ROOT / "locale" / "hi" / "parts"
SKIPPED = {".venv", ".run", ".git", "tests", "script", "node_modules", "benchmarks", "migrations"}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\([a-zA-Z_]\w*\)[sd]|%[sd]|\{[a-zA-Z_]\w*\}|\{\}")
LONG_LINE = 96


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/messages", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="fail when Hindi is missing or wrong")
    what.add_argument("--compile", action="store_true", help="write the .mo files")
    options = parser.parse_args()
    if options.compile:
        return compile_all()
    if options.check:
        return check()
    return merge()


def files() -> Iterator[Path]:
    """Python files and templates that hold words a person reads."""
    for file in sorted([*ROOT.rglob("*.py"), *ROOT.rglob("*.html"), *ROOT.rglob("*.txt")]):
        parts = file.relative_to(ROOT).parts
        if SKIPPED.intersection(parts) or (file.suffix != ".py" and "templates" not in parts):
            continue
        yield file


def extracted() -> Catalog:
    """Every message of the code, with the files it stands in."""
    catalog = Catalog(domain="django", charset="utf-8")
    for file in files():
        text = file.read_text(encoding="utf-8")
        if file.suffix != ".py":
            text = _as_python(text, file)
        place = str(file.relative_to(ROOT))
        found = extract("python", io.BytesIO(text.encode()), KEYWORDS, ["Translators:"], {})
        for _line, message, comments, context in found:
            catalog.add(
                message, None, [(place, 0)], auto_comments=comments, context=context or None
            )
    return catalog


def _as_python(text: str, file: Path) -> str:
    """A template as Python: its words in gettext calls, everything else blotted out."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    from django.utils.translation.template import templatize

    # What stands at the beginning of a line would be read as Python's indentation.
    return re.sub(r"^[ \t]+", "", templatize(text, origin=str(file)), flags=re.MULTILINE)


def merge() -> int:
    """Write django.po: the code's messages, with the words it had and those of the parts."""
    known = _read(HINDI)
    parts = [_read(file) for file in sorted(PARTS.glob("*.po"))] if PARTS.exists() else []
    fresh = extracted()
    result = Catalog(locale="hi", domain="django", charset="utf-8", fuzzy=False)
    result.project, result.version = "e-Sachivalaya", "1"
    result.copyright_holder = "the e-Sachivalaya contributors"
    result.header_comment = "# Hindi of e-Sachivalaya. Made by script/messages; words by people."
    for message in _sorted(fresh):
        entry = _words(message, [*reversed(parts), known])
        # Files without line numbers: a line added above must not change every entry below.
        places = sorted({(place, 0) for place, _line in message.locations})
        result.add(
            message.id,
            entry.string if entry else None,
            places,
            flags=entry.flags - {"fuzzy"} if entry else (),
            auto_comments=message.auto_comments,
            user_comments=entry.user_comments if entry else (),
            context=message.context,
        )
    HINDI.parent.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    write_po(out, result, width=LONG_LINE, sort_output=False, include_lineno=False)
    text = re.sub(rb'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Generated-By'
                  rb'|Language-Team|Report-Msgid-Bugs-To):.*\n', b"", out.getvalue(),
                  flags=re.MULTILINE)  # fmt: skip
    HINDI.write_bytes(text)
    empty = [message for message in _sorted(result) if not _filled(message)]
    print(f"{len(list(_sorted(result)))} messages, {len(empty)} without Hindi: {_short(HINDI)}")
    for message in empty:
        where = message.locations[0][0] if message.locations else "?"
        print(f"  without Hindi: {_shown(message)}  ({where})")
    return 0


def check() -> int:
    """Fail for every message of the code that has no Hindi or whose placeholders differ."""
    known = _read(HINDI)
    wrong = []
    for message in _sorted(extracted()):
        entry = known.get(message.id, message.context)
        if entry is None or not _filled(entry):
            wrong.append(f"no Hindi: {_shown(message)}")
        elif entry.fuzzy:
            wrong.append(f"fuzzy: {_shown(message)}")
        elif difference := _placeholder_difference(entry):
            wrong.append(f"placeholders differ ({difference}): {_shown(message)}")
    print("\n".join(wrong) if wrong else "Every message has its Hindi.")
    return 1 if wrong else 0


def compile_all() -> int:
    """Write a .mo beside each .po."""
    for source in sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po")):
        part = source.with_suffix(".mo.part")
        with part.open("wb") as file:
            write_mo(file, _read(source))
        part.replace(source.with_suffix(".mo"))
    return 0


def _read(file: Path) -> Catalog:
    if not file.exists():
        return Catalog(locale="hi")
    with file.open("rb") as handle:
        try:
            return read_po(handle, locale="hi", charset="utf-8", abort_invalid=True)
        except Exception as problem:
            sys.exit(f"{_short(file)} cannot be read: {problem}")


def _words(message: Message, sources: list[Catalog]) -> Message | None:
    for source in sources:
        entry = source.get(message.id, message.context)
        if entry is not None and _filled(entry) and not entry.fuzzy:
            return entry
    return None


def _sorted(catalog: Catalog) -> list[Message]:
    return sorted((message for message in catalog if message.id), key=_shown)


def _shown(message: Message) -> str:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return f"{message.context}: {text}" if message.context else text


def _filled(message: Message) -> bool:
    strings = _texts(message.string)
    return bool(strings) and all(text and text.strip() for text in strings)


def _texts(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """The forms of a message: one, or as many as the language's plurals."""
    return (value,) if isinstance(value, str) else tuple(value or ())


def _placeholder_difference(message: Message) -> str:
    """What stands in one language only; a plural form may leave the number out."""
    ids, strings = _texts(message.id), _texts(message.string)
    allowed = {name for text in ids for name in PLACEHOLDER.findall(text)}
    needed = set.intersection(*(set(PLACEHOLDER.findall(text)) for text in ids))
    different: set[str] = set()
    for text in strings:
        used = set(PLACEHOLDER.findall(text))
        different |= (used - allowed) | (needed - used)
    return ", ".join(sorted(different))


def _short(file: Path) -> Path:
    return file.relative_to(ROOT)


if __name__ == "__main__":
    sys.exit(main())
