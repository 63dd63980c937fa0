"""How dates, times, numbers, phones and references are written, in Hindi and in English.

Pure functions: pages use them through the `portal` template tags, messages call them directly.
Each takes the language as an argument, because an SMS is written in its reader's language and not
in that of the person who pressed the button; without it the active language is used. The wording
comes from LOOK.md ("Words").
"""

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils.translation import get_language

INDIA = ZoneInfo("Asia/Kolkata")

_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "hi": ("सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार", "रविवार"),
}
_MONTHS = {
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "hi": (
        "जनवरी",
        "फरवरी",
        "मार्च",
        "अप्रैल",
        "मई",
        "जून",
        "जुलाई",
        "अगस्त",
        "सितंबर",
        "अक्टूबर",
        "नवंबर",
        "दिसंबर",
    ),
}


def chosen_language(language: str | None = None) -> str:
    """Return "hi" or "en": the one asked for, else the active one, else Hindi."""
    code = (language or get_language() or "hi")[:2]
    return "en" if code == "en" else "hi"


def in_india(value: dt.datetime) -> dt.datetime:
    """Return the moment on India's clock; a naive value is taken to be India's already."""
    return value.replace(tzinfo=INDIA) if value.tzinfo is None else value.astimezone(INDIA)


def date_long(value: dt.date | dt.datetime, language: str | None = None) -> str:
    """Return "Tuesday 14 July 2020" or "मंगलवार, 14 जुलाई 2020", the day being India's."""
    language = chosen_language(language)
    day = in_india(value).date() if isinstance(value, dt.datetime) else value
    weekday = _DAYS[language][day.weekday()]
    month = _MONTHS[language][day.month - 1]
    comma = "," if language == "hi" else ""
    return f"{weekday}{comma} {day.day} {month} {day.year}"


def date_short(value: dt.date | dt.datetime, language: str | None = None) -> str:
    """Return "14 July 2020" or "14 जुलाई 2020", for tables and messages."""
    day = in_india(value).date() if isinstance(value, dt.datetime) else value
    return f"{day.day} {_MONTHS[chosen_language(language)][day.month - 1]} {day.year}"


def month_long(value: dt.date, language: str | None = None) -> str:
    """Return "July 2020" or "जुलाई 2020"."""
    return f"{_MONTHS[chosen_language(language)][value.month - 1]} {value.year}"


def part_of_day(hour: int) -> str:
    """Return the Hindi word for the hour: सुबह from 4, दोपहर from 12, शाम from 16, रात from 20."""
    if 4 <= hour < 12:
        return "सुबह"
    if 12 <= hour < 16:
        return "दोपहर"
    return "शाम" if 16 <= hour < 20 else "रात"


def time_short(value: dt.time | dt.datetime, language: str | None = None) -> str:
    """Return "3:20 pm" or "दोपहर 3:20"."""
    clock = in_india(value).time() if isinstance(value, dt.datetime) else value
    hour = clock.hour % 12 or 12
    if chosen_language(language) == "hi":
        return f"{part_of_day(clock.hour)} {hour}:{clock.minute:02}"
    return f"{hour}:{clock.minute:02} {'am' if clock.hour < 12 else 'pm'}"


def datetime_long(value: dt.datetime, language: str | None = None) -> str:
    """Return "Tuesday 14 July 2020, 3:20 pm" or "मंगलवार, 14 जुलाई 2020, दोपहर 3:20"."""
    return f"{date_long(value, language)}, {time_short(value, language)}"


def datetime_short(value: dt.datetime, language: str | None = None) -> str:
    """Return "14 July 2020, 3:20 pm" or "14 जुलाई 2020, दोपहर 3:20"."""
    return f"{date_short(value, language)}, {time_short(value, language)}"


def indian_number(value: int | float) -> str:
    """Return the number in Indian grouping: 380000 is "3,80,000". Digits stay 0 to 9."""
    sign = "-" if value < 0 else ""
    whole, _, fraction = str(abs(value)).partition(".")
    head, tail = whole[:-3], whole[-3:]
    groups: list[str] = []
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    text = ",".join([*groups, tail])
    return f"{sign}{text}.{fraction}" if fraction else f"{sign}{text}"


def phone_number(value: str) -> str:
    """Return an Indian mobile with a gap after five digits, "98120 00001"; others as they are."""
    digits = "".join(character for character in value if character.isdigit())
    if len(digits) == 12 and digits.startswith("91"):
        digits = digits[2:]
    elif len(digits) == 11 and digits.startswith("0"):
        digits = digits[1:]
    return f"{digits[:5]} {digits[5:]}" if len(digits) == 10 and digits[0] in "6789" else value


def masked_phone(value: str) -> str:
    """Return "98xxx xxx01": enough for the owner to know it, too little for anyone else."""
    shown = phone_number(value)
    if len(shown) != 11:
        return "xxxxx"
    return f"{shown[:2]}xxx xxx{shown[-2:]}"


def grouped_reference(value: str) -> str:
    """Return a reference in the groups it is read out in: "ES 7K4P 92MX"."""
    plain = "".join(character for character in value.upper() if character.isalnum())
    head, tail = (plain[:2], plain[2:]) if plain.startswith("ES") else ("", plain)
    groups = [tail[start : start + 4] for start in range(0, len(tail), 4)]
    return " ".join([head, *groups] if head else groups)


def duration(seconds: float, language: str | None = None) -> str:
    """Return a length of time in its two largest units: "5 h 20 min", "2 दिन 3 घंटे"."""
    minutes = int(abs(seconds) // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if chosen_language(language) == "hi":
        units = (f"{days} दिन", f"{hours} घंटे" if hours != 1 else "1 घंटा", f"{minutes} मिनट")
    else:
        units = (f"{days} day{'' if days == 1 else 's'}", f"{hours} h", f"{minutes} min")
    if days:
        return f"{units[0]} {units[1]}" if hours else units[0]
    if hours:
        return f"{units[1]} {units[2]}" if minutes else units[1]
    if minutes:
        return units[2]
    return "1 मिनट से कम" if chosen_language(language) == "hi" else "less than 1 min"


def time_left(due: dt.datetime, now: dt.datetime, language: str | None = None) -> str:
    """Return "5 h 20 min left" or "overdue by 2 h".

    A thing is in time while now < due; at the due time itself it is late (domain/appointments.md).
    """
    seconds = (due - now).total_seconds()
    text = duration(seconds, language)
    if chosen_language(language) == "hi":
        return f"{text} शेष" if seconds > 0 else f"समय सीमा से {text} ऊपर"
    return f"{text} left" if seconds > 0 else f"overdue by {text}"
