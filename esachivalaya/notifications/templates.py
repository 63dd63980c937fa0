"""The words of messages: found by key, checked when saved, filled when a message is written.

Words ship with the code (``data/templates.toml``) and live in the database in versions, so that an
operator can mend them without a release and every message says which words it was made from.
"""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from esachivalaya.notifications.models import Channel, MessageTemplate
from esachivalaya.notifications.placeholders import PLACEHOLDER, Value, own_values, shipped

# How long a process may go on using words that were changed elsewhere.
LIFE_SECONDS = 30.0
# A given name may be long; in an SMS it must not push the rest into another segment.
LONGEST_NAME_IN_SMS = 20


@dataclass(frozen=True)
class Words:
    """One version of a template as the database holds it."""

    pk: int
    key: str
    channel: str
    version: int
    klass: str
    subject: Mapping[str, str]
    body: Mapping[str, str]


_known: dict[str, tuple[float, dict[str, Words]]] = {}
_lock = threading.Lock()


def forget() -> None:
    """Make this process read the words anew: after a change, and between tests."""
    with _lock:
        _known.clear()


def newest(key: str) -> dict[str, Words]:
    """Return the newest words of ``key`` by channel; an unknown key is a ValueError.

    Kept in the process for :data:`LIFE_SECONDS`, so that writing a message costs one statement. The
    worst that an old copy does is to send the previous words half a minute longer.
    """
    kept = _known.get(key)
    if kept and kept[0] > time.monotonic():
        return kept[1]
    found = {
        row.channel: words_of(row)
        for row in MessageTemplate.objects.filter(key=key)
        .order_by("channel", "-version")
        .distinct("channel")
    }
    if not found:
        raise ValueError(f"There is no message template {key!r}.")
    with _lock:
        _known[key] = (time.monotonic() + LIFE_SECONDS, found)
    return found


def words_of(row: MessageTemplate) -> Words:
    """Return the words of one row."""
    return Words(
        pk=row.pk,
        key=row.key,
        channel=row.channel,
        version=row.version,
        klass=row.klass,
        subject={"en": row.subject_en, "hi": row.subject_hi},
        body={"en": row.body_en, "hi": row.body_hi},
    )


def render(words: Words, values: Mapping[str, Value], language: str) -> tuple[str, str]:
    """Return subject and body in ``language``.

    Every value that the key declares must be there (ValueError), whether these words use it or not:
    an operator may mend them to use it tomorrow. What the key does not declare fills nothing.
    """
    told = own_values(language)
    for name, value in _declared(words.key, values).items():
        told[name] = value if isinstance(value, str) else value[language]
    if words.channel == Channel.SMS and "name" in told:
        told["name"] = shortened(told["name"])
    subject = _filled(words.subject[language], told, words.key)
    # A subject is one header line, whatever somebody typed.
    return " ".join(subject.split())[:200], _filled(words.body[language], told, words.key)


def _declared(key: str, values: Mapping[str, Value]) -> Mapping[str, Value]:
    template = shipped().get(key)
    if template is None:
        # Words that no longer ship: what is missing is found when they are filled.
        return values
    if missing := template.values - values.keys():
        names = ", ".join(sorted(missing))
        raise ValueError(f"The message template {key!r} needs a value for {names}.")
    return {name: values[name] for name in template.values}


def _filled(text: str, values: Mapping[str, str], key: str) -> str:
    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise ValueError(f"The message template {key!r} needs a value for {name!r}.")
        return str(values[name])

    return PLACEHOLDER.sub(value_of, text)


def shortened(name: str) -> str:
    """Return a given name that fits an SMS: its first word when the whole is too long."""
    if len(name) <= LONGEST_NAME_IN_SMS:
        return name
    first = name.split()[0]
    return first if len(first) <= LONGEST_NAME_IN_SMS else first[: LONGEST_NAME_IN_SMS - 1] + "."


def load(model: type[MessageTemplate] = MessageTemplate) -> int:
    """Write what ships into the table and return how many versions that made.

    A version is made only where the shipped words differ from every version there is: words that an
    operator changed stay the newest until the shipped ones change again.
    """
    there: dict[tuple[str, str], list[MessageTemplate]] = {}
    for row in model.objects.order_by("version"):
        there.setdefault((row.key, row.channel), []).append(row)
    made = []
    for template in shipped().values():
        for channel, words in template.channels.items():
            texts = {name: words.get(name, "").strip() for name in ("en", "hi")}
            fields = {
                "subject_en": words.get("subject_en", ""),
                "subject_hi": words.get("subject_hi", ""),
                "body_en": texts["en"],
                "body_hi": texts["hi"],
                "klass": template.klass,
            }
            versions = there.get((template.key, channel), [])
            if any(_same(row, fields) for row in versions):
                continue
            last = versions[-1] if versions else None
            made.append(
                model(
                    key=template.key,
                    channel=channel,
                    version=last.version + 1 if last else 1,
                    **fields,
                )
            )
    model.objects.bulk_create(made)
    forget()
    return len(made)


def _same(row: MessageTemplate, fields: Mapping[str, str]) -> bool:
    return all(getattr(row, name) == value for name, value in fields.items())
