"""Desks, receipts and files that the tests of e-Office speak of: a section with its officers."""

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from eoffice.models import Correspondent, Desk, File, Head, Note, Rank, Receipt
from eoffice.services import diarising, filing, notes
from eoffice.services.diarising import Letter
from eoffice.services.filing import NewFile
from esachivalaya.accounts.models import User
from esachivalaya.common import clock
from officials.models import Section
from tests.people import give_charge, make_department, make_post, make_staff

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Branch:
    """The Establishment section of Revenue: an assistant, the Section Officer, those above."""

    section: Section
    assistant: Desk
    officer: Desk
    under_secretary: Desk
    seema: User
    ramesh: User
    usha: User


def make_section(code: str = "EST", department: str = "REV", **fields: Any) -> Section:
    """A section of a department."""
    names = {"name_en": f"{code} section", "name_hi": f"{code} शाखा", **fields}
    section, _made = Section.objects.get_or_create(
        department=make_department(department), code=code, defaults=names
    )
    return section


def make_desk(
    code: str, section: Section, rank: int, user: User | None = None, **fields: Any
) -> Desk:
    """The desk of a post that nobody books meetings with; ``user`` holds it."""
    post = make_post(code, level="section", active=False, department=section.department)
    desk = Desk.objects.create(post=post, section=section, rank=rank, **fields)
    if user is not None:
        give_charge(user, post)
    return desk


def make_branch(code: str = "EST", department: str = "REV") -> Branch:
    """A section with an assistant, a Section Officer and an Under Secretary at their desks."""
    section = make_section(code, department)
    number = next(_numbers)
    people = [make_staff(f"{name}.{number}") for name in ("seema", "ramesh", "usha")]
    ranks = [Rank.ASSISTANT, Rank.SECTION_OFFICER, Rank.UNDER_SECRETARY]
    desks = [
        make_desk(f"{code}-{title}-{number}", section, rank, user)
        for title, rank, user in zip(("ASST", "SO", "US"), ranks, people, strict=True)
    ]
    return Branch(section, *desks, *people)


def make_correspondent(section: Section, name: str = "Asha Devi", **fields: Any) -> Correspondent:
    """Somebody who writes to the section's department."""
    return Correspondent.objects.create(department=section.department, name=name, **fields)


def diarised(branch: Branch, **fields: Any) -> Receipt:
    """A letter that the assistant diarised today."""
    wanted: dict[str, Any] = {
        "correspondent": fields.pop("correspondent", None) or make_correspondent(branch.section),
        "subject": "Repair of the road to Bawal",
        "received_on": clock.day_of(clock.now()),
        "delivery_mode": "post",
        **fields,
    }
    return diarising.diarise(desk=branch.assistant, by=branch.seema, letter=Letter(**wanted))


def make_head(section: Section, code: str = "A") -> Head:
    """The heads A and 11011 of the section's department; the lower one is returned."""
    basic, _made = Head.objects.get_or_create(
        department=section.department,
        level=1,
        code=code,
        defaults={"name_en": "Administration", "name_hi": "प्रशासन"},
    )
    primary, _made = Head.objects.get_or_create(
        department=section.department,
        level=2,
        above=basic,
        code="11011",
        defaults={"name_en": "Appointments", "name_hi": "नियुक्तियाँ"},
    )
    return primary


def filed(branch: Branch, **fields: Any) -> File:
    """A file that the assistant made under the section's heads."""
    wanted = {"subject": "Roads of Rewari district", "head": make_head(branch.section), **fields}
    return filing.make(desk=branch.assistant, by=branch.seema, new=NewFile(**wanted))


def noted(file: File, desk: Desk, by: User, text: str = "Submitted for orders please.") -> Note:
    """A green note on ``file``, not yet sealed."""
    note = notes.write(file=file, desk=desk, by=by, text=text, version=None)
    return notes.make_green(note=note, by=by, version=note.version)


def days_from_now(days: int) -> Any:
    """The day so many days from today in Asia/Kolkata."""
    return clock.day_of(clock.now()) + timedelta(days=days)
