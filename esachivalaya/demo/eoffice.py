"""The demo's e-Office: sections of two departments and the Chief Minister's office, at work.

Clerks' posts are closed to meetings; who sits there signs in by the code of the post.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from typing import Any

from eoffice.models import Correspondent, Desk, File, Head, Item, Onboarding, Priority, Rank
from eoffice.permissions import seat_at
from eoffice.services import closing, diarising, filing, moving, notes
from eoffice.services.diarising import Letter
from eoffice.services.filing import NewFile
from eoffice.services.moving import Sent
from eoffice.services.setting_up import save_set_up
from esachivalaya.accounts.models import User
from esachivalaya.accounts.services.demo import make_demo_staff
from esachivalaya.common import clock
from esachivalaya.demo import eoffice_asking
from esachivalaya.demo.eoffice_past import Office, make_past
from esachivalaya.demo.offices import APPOINTING, BEGAN, PASSWORD, SEED, SETUP, Made
from esachivalaya.demo.people import Register
from officials.models import Charge, Department, Post, Section
from officials.services import appoint, save_post
from officials.services import save_set_up as save_office

RECEIPTS, FILES = 42, 18
# Whose sign-in is printed.
SHOWN = ("rev-est-asst", "rev-est-so", "rev-est-us", "cmo-grv-asst")
# Code, department, names of the section, and the post above it with its rank.
SECTIONS = (
    ("EST", "REV", "Establishment", "स्थापना शाखा", ("FCR", Rank.SECRETARY)),
    ("LND", "REV", "Land Records", "भू-अभिलेख शाखा", ("FCR", Rank.SECRETARY)),
    ("LIC", "TCP", "Licensing", "लाइसेंस शाखा", ("PS-TCP", Rank.SECRETARY)),
    ("GRV", "CMO", "Grievances", "जन शिकायत शाखा", ("DPS-CM", Rank.SECRETARY)),
    ("DCR", "REV", "DC Office, Rewari", "उपायुक्त कार्यालय, रेवाड़ी", ("DC-REW", Rank.HEAD)),
    ("DCG", "REV", "DC Office, Gurugram", "उपायुक्त कार्यालय, गुरुग्राम", ("DC-GGM", Rank.HEAD)),
)
# The three desks of a section: suffix, titles, short titles, rank.
DESKS = (
    ("US", "Under Secretary", "अवर सचिव", "US", "अवर सचिव", Rank.UNDER_SECRETARY),
    ("SO", "Section Officer", "अनुभाग अधिकारी", "SO", "अनु. अधि.", Rank.SECTION_OFFICER),
    ("ASST", "Assistant", "सहायक", "Asst", "सहायक", Rank.ASSISTANT),
)
# Wave, how long after the first day, old paper files.
WAVES = {
    "CMO": ("1", timedelta(0), 40),
    "REV": ("1", timedelta(days=31), 120),
    "TCP": ("2", timedelta(days=150), 64),
}
# In a district the three are called otherwise.
DISTRICT_TITLES = {
    "US": ("District Revenue Officer", "जिला राजस्व अधिकारी", "DRO", "जि. रा. अधि."),
    "SO": ("Superintendent", "अधीक्षक", "Supdt", "अधीक्षक"),
}
HEADS = (
    ("A", "Administration", "प्रशासन", (("11011", "Appointments", "नियुक्तियाँ"),)),
    ("R", "Records and claims", "अभिलेख एवं दावे", (("21004", "Petitions", "अभ्यावेदन"),)),
)
SUBJECTS = (
    "पटवारियों के रिक्त पदों को भरने बारे",
    "गाँव की सामलात भूमि से कब्ज़ा हटवाने बारे",
    "Compassionate appointment of the dependant of a deceased employee",
    "जमाबंदी की नकल समय पर न मिलने बारे",
    "Sanction of leave encashment",
    "कॉलोनी के लाइसेंस की अवधि बढ़ाने बारे",
    "बाढ़ से खराब हुई फसल का मुआवज़ा न मिलने बारे",
    "Reply to the Assembly question on pending mutations",
    "इंतकाल दर्ज करने में देरी की शिकायत",
    "Revision of the building plan of a group housing site",
)
SENDERS = (
    ("रामफल यादव", "citizen", "गाँव बोलनी"),
    ("कमला देवी", "citizen", "गाँव जाटूसाना"),
    ("Registrar, Punjab and Haryana High Court", "court", "Chandigarh"),
    ("उपायुक्त कार्यालय, रेवाड़ी", "office", "रेवाड़ी"),
    ("Ministry of Housing and Urban Affairs", "union", "New Delhi"),
)
NOTE = "प्रस्तुत है। विचाराधीन पत्र नियमों के अनुसार जाँचा गया; आदेश अपेक्षित हैं।"
APPROVED = "सहमत। नियमानुसार कार्यवाही की जाए।"


@dataclass(frozen=True)
class Branch:
    """A section at work: its desks, from the assistant's upwards, and who sits at each."""

    section: Section
    desks: Sequence[Desk]
    people: Sequence[User]
    head: Head

    @property
    def assistant(self) -> dict[str, Any]:
        return {"desk": self.desks[0], "by": self.people[0]}


def make_eoffice(staff: dict[str, User], made: Made) -> None:
    """Make sections, desks and heads, and papers that moved between them, where there are none."""
    if Desk.objects.exists():
        return
    register = Register(SEED + 21)
    numbers = iter(range(1, 1000))
    branches = [
        _make_branch(row, staff, register, numbers, made)
        for row in SECTIONS
        if Post.objects.filter(code=row[4][0]).exists()
    ]
    # What is over first, so that numbers follow the days.
    made.add("papers of the last months", make_past([_office_of(branch) for branch in branches]))
    for branch in branches:
        _make_papers(branch, len(branches), made)


def _office_of(branch: Branch) -> Office:
    seats = [
        seat_at(who, desk.post.code) for who, desk in zip(branch.people, branch.desks, strict=True)
    ]
    return Office(
        branch.section,
        [seat for seat in seats if seat is not None],
        branch.head,
        _senders(branch.section.department),
        SUBJECTS,
    )


def _senders(department: Department) -> list[Correspondent]:
    """Return who writes to the department, remembered once."""
    known = Correspondent.objects.filter(department=department)
    return [
        known.filter(name=name).first()
        or Correspondent.objects.create(
            department=department, name=name, kind=kind, address=address
        )
        for name, kind, address in SENDERS
    ]


def _make_branch(
    row: Any, staff: dict[str, User], register: Register, numbers: Iterator[int], made: Made
) -> Branch:
    code, department_code, name_en, name_hi, (above_code, above_rank) = row
    by = staff[SETUP]
    department = Department.objects.get(code=department_code)
    section = Section(department=department, code=code, name_en=name_en, name_hi=name_hi)
    save_office(row=section, by=by)
    above = Post.objects.select_related("district").get(code=above_code)
    if not Desk.objects.filter(pk=above.pk).exists():
        save_set_up(row=Desk(post=above, section=section, rank=above_rank), by=by)
    if not Onboarding.objects.filter(pk=department.pk).exists():
        wave, after, old_files = WAVES[department_code]
        starts = clock.day_of(clock.now() - BEGAN + after)
        onboarding = Onboarding(
            department=department,
            wave=wave,
            starts_on=starts,
            old_files=old_files,
            old_files_by=starts + timedelta(days=540),
        )
        save_set_up(row=onboarding, by=by)
    desks: list[Desk] = []
    people: list[User] = []
    for suffix, *titles, rank in DESKS:
        if above.district is not None:
            titles = [*DISTRICT_TITLES.get(suffix, titles)]
        title_en, title_hi, short_en, short_hi = titles
        post = Post(
            code=f"{department_code}-{code}-{suffix}",
            title_en=f"{title_en}, {name_en}",
            title_hi=f"{title_hi}, {name_hi}",
            short_en=f"{short_en} {code}",
            short_hi=f"{short_hi} {code}",
            department=department,
            district=above.district,
            reports_to=above,
            level=Post.Level.SECTION,
            active=False,
        )
        save_post(post=post, by=by)
        desk = Desk(post=post, section=section, rank=rank)
        save_set_up(row=desk, by=by)
        user = _sit(post, register, next(numbers), staff[APPOINTING])
        desks.insert(0, desk)
        people.insert(0, user)
        above = post
    made.add("desks", len(desks))
    return Branch(section, desks, people, _make_heads(department, by))


def _sit(post: Post, register: Register, number: int, by: User) -> User:
    who = register.officer()
    user = make_demo_staff(
        post.code.lower(),
        PASSWORD,
        name_en=who.en,
        name_hi=who.hi,
        phone=f"+9198000{70_000 + number}",
        email=f"{post.code.lower()}@office.example",
    )
    appoint(post=post, user=user, kind=Charge.Kind.HOLDER, starts_at=clock.now() - BEGAN, by=by)
    return user


def _make_heads(department: Department, by: User) -> Head:
    """Make the department's heads, and return one under which files are made."""
    for code, name_en, name_hi, below in HEADS:
        names = {"code": code, "name_en": name_en, "name_hi": name_hi}
        if Head.objects.filter(department=department, level=1, code=code).exists():
            continue
        basic = Head(department=department, level=Head.Level.BASIC, **names)
        save_set_up(row=basic, by=by)
        for its_code, its_en, its_hi in below:
            primary = Head(
                department=department,
                level=Head.Level.PRIMARY,
                above=basic,
                code=its_code,
                name_en=its_en,
                name_hi=its_hi,
            )
            save_set_up(row=primary, by=by)
    return Head.objects.filter(department=department, level=Head.Level.PRIMARY)[0]


def _make_papers(branch: Branch, shares: int, made: Made) -> None:
    """Diarise this branch's share of the letters, put some in files, and let the files move."""
    senders = cycle(_senders(branch.section.department))
    subjects = cycle(SUBJECTS)
    today = clock.day_of(clock.now())
    files, receipts = FILES // shares + 1, RECEIPTS // shares + 1
    # All but the first files have a letter of their own; the other letters lie in the inbox.
    for number in range(files):
        new = NewFile(subject=next(subjects), head=branch.head)
        file = filing.make(new=new, **branch.assistant)
        if number:
            receipt = _diarise(branch, next(senders), file.item.subject, number)
            filing.put_in(receipt=receipt, file=file, **branch.assistant)
        _move(branch, file, number)
    for number in range(files - 1, receipts):
        receipt = _diarise(branch, next(senders), next(subjects), number)
        if number % 3 == 0:
            sent = Sent(action="आवश्यक कार्यवाही", due_on=today + timedelta(days=number % 7))
            moving.mark(item=receipt.item, to=branch.desks[1], sent=sent, **branch.assistant)
        elif number % 7 == 0:
            until = today + timedelta(days=10)
            words = "विभाग से सूचना की प्रतीक्षा"
            moving.park(item=receipt.item, until=until, words=words, **branch.assistant)
    made.add("files", files)
    made.add("receipts", receipts)


def _diarise(branch: Branch, sender: Correspondent, subject: str, number: int) -> Any:
    today = clock.day_of(clock.now())
    letter = Letter(
        correspondent=sender,
        subject=subject,
        received_on=today - timedelta(days=number % 3),
        delivery_mode=("post", "hand", "email")[number % 3],
        letter_number=f"{100 + number}/{branch.section.code}",
        priority=Priority.IMMEDIATE if number % 4 == 0 else Priority.ORDINARY,
        vip=number % 9 == 0,
    )
    return diarising.diarise(letter=letter, **branch.assistant)


def _move(branch: Branch, file: File, number: int) -> None:
    """Send the file up by ``number`` steps of a round, with a note at each; then it may close."""
    steps = number % 4
    if number % 8 == 4:
        answering = (branch.desks[1], branch.people[1])
        eoffice_asking.ask(file, branch.assistant, answering, branch.desks[2])
    elif number % 8 in (1, 2):
        eoffice_asking.put_card(file, branch.assistant)
    for step in range(min(steps, 2)):
        _note(branch, file, step, NOTE)
        _send(branch, file.item, step, step + 1)
    if steps == 3:
        _note(branch, file, 2, APPROVED)
        _send(branch, file.item, 2, 1)
        if number % 8 == 3:
            desk, by = branch.desks[1], branch.people[1]
            words = "आदेशों की पालना हो चुकी है"
            closing.close(item=file.item, desk=desk, by=by, words=words)


def _note(branch: Branch, file: File, step: int, text: str) -> None:
    by = branch.people[step]
    note = notes.write(file=file, desk=branch.desks[step], by=by, text=text, version=None)
    notes.make_green(note=note, by=by, version=note.version)


def _send(branch: Branch, item: Item, step: int, to: int) -> None:
    moving.read(item=item, desk=branch.desks[step])
    moving.mark(
        item=item,
        desk=branch.desks[step],
        to=branch.desks[to],
        by=branch.people[step],
        sent=Sent(action="आदेशार्थ"),
    )
