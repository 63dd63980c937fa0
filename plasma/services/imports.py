"""Loading a cohort: a file is kept, looked at and loaded whole, and then it is emptied.

The file is nowhere else: not on a disk, not in the list of other files that are loaded. It is read
line by line; what is held in memory is bounded by the largest file that is taken (5 MB).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from esachivalaya.accounts.models import User
from esachivalaya.accounts.services.turns import wait_for_turn
from esachivalaya.audit.services import record
from esachivalaya.common import many_rows
from esachivalaya.common.clock import ClockTimestamp, day_of, now
from esachivalaya.common.constraints import Refusal
from esachivalaya.common.idempotency import digest_of
from esachivalaya.common.retry import on_deadlock
from esachivalaya.common.states import move
from esachivalaya.common.words import fold
from officials.models import District
from plasma.cohort_file import Mistake, Person, guessed, headings, read
from plasma.identity import Key, key_of, mark_of
from plasma.models import Cohort, CohortImport, Donor, DonorPhone, ErasedMark
from plasma.permissions import may_run

Status = CohortImport.Status
BATCH = 2000
# A file that nobody loads is emptied after a day.
KEPT = timedelta(days=1)
# As lists still call them.
OLD_NAMES = {
    "Gurgaon": "GGM", "गुड़गांव": "GGM", "Mewat": "NUH", "मेवात": "NUH", "Hissar": "HSR",
    "Jhajhar": "JHJ", "Sonepat": "SNP", "Yamuna Nagar": "YNR", "Mahendragarh": "MHG",
    "Narnaul": "MHG", "Kurukshetr": "KKR", "Charkhi-Dadri": "CDR", "Dadri": "CDR",
}  # fmt: skip

# Whoever is on the same list again has what the new version says; of others only gaps are filled.
MEND = """
UPDATE plasma_donor donor
   SET district_id = CASE WHEN given.district IS NOT NULL
                           AND (member.id IS NOT NULL OR donor.district_id IS NULL)
                          THEN given.district ELSE donor.district_id END,
       blood_group = CASE WHEN given.blood_group <> ''
                           AND (member.id IS NOT NULL OR donor.blood_group = '')
                          THEN given.blood_group ELSE donor.blood_group END,
       recovered_on = CASE WHEN given.recovered_on IS NOT NULL
                            AND (member.id IS NOT NULL OR donor.recovered_on IS NULL)
                           THEN given.recovered_on ELSE donor.recovered_on END
  FROM unnest(%(donors)s::bigint[], %(districts)s::bigint[], %(groups)s::text[],
              %(days)s::date[]) AS given (donor, district, blood_group, recovered_on)
  LEFT JOIN plasma_donor_cohorts member
    ON member.donor_id = given.donor AND member.cohort_id = %(cohort)s
 WHERE donor.id = given.donor AND donor.erased_at IS NULL
"""
ADD_PHONES = """
INSERT INTO plasma_donorphone (donor_id, phone, position)
SELECT fresh.donor, fresh.phone,
       fresh.number + coalesce((SELECT max(position) FROM plasma_donorphone
                                 WHERE donor_id = fresh.donor), 0)
  FROM (SELECT given.donor, given.phone, row_number() OVER (PARTITION BY given.donor) AS number
          FROM (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::text[]) AS g (donor, phone)) given
         WHERE NOT EXISTS (SELECT FROM plasma_donorphone there
                            WHERE there.donor_id = given.donor AND there.phone = given.phone)
       ) fresh
"""
JOIN_COHORT = """
INSERT INTO plasma_donor_cohorts (donor_id, cohort_id)
SELECT DISTINCT given.donor, %s FROM unnest(%s::bigint[]) AS given (donor)
    ON CONFLICT DO NOTHING
"""


class PreviewOutdated(Refusal):
    """What the file would do is not what the page showed: nothing was loaded."""


@dataclass
class Looked:
    """What a file holds, held against what is known; ``people`` are the accepted ones."""

    people: list[Person] = field(default_factory=list)
    # The donor of each accepted line who is known already, by line.
    known: dict[int, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    duplicate: int = 0
    # People who had themselves erased: left out, and not named by a line.
    erased: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """What the page shows and what the row keeps: numbers, nothing of a person."""
        on_number: dict[str, int] = {}
        for person in self.people:
            for phone in person.phones:
                on_number[phone] = on_number.get(phone, 0) + 1
        accepted = len(self.people)
        return {
            "lines": accepted + len(self.mistakes) + self.duplicate + self.erased,
            "accepted": accepted,
            "refused": len(self.mistakes),
            "shared": sum(1 for count in on_number.values() if count > 1),
            "duplicate": self.duplicate,
            "erased": self.erased,
            "new": accepted - len(self.known),
            "known": len(self.known),
        }


@on_deadlock
@transaction.atomic
def keep(*, cohort: Cohort, content: bytes, file_name: str, by: User) -> CohortImport:
    """Keep an uploaded file with its columns as guessed; nothing of it is loaded.

    Raises :class:`ImportRefused` for what is no CSV file, which is then kept nowhere.
    """
    _only_for_lists(cohort, by)
    columns = guessed(headings(content))
    return CohortImport.objects.create(
        cohort=cohort,
        file_name=file_name[:120],
        digest=hashlib.sha256(content).hexdigest(),
        content=content,
        columns=columns,
        made_by=by,
    )


@on_deadlock
@transaction.atomic
def choose_columns(*, kept: CohortImport, columns: Mapping[str, int], by: User) -> CohortImport:
    """Say which column of the file is what, and look at what it would do."""
    row = _locked(kept, by)
    row.columns = dict(columns)
    row.counts = look(row).counts
    row.version += 1
    row.save(update_fields=["columns", "counts", "version"])
    return row


def look(kept: CohortImport) -> Looked:
    """Read the kept file and hold it against the donors that are there; nothing is written.

    Raises :class:`ImportRefused` where it stops being CSV.
    """
    lines = read(
        bytes(kept.content),
        kept.columns,
        districts=district_names(),
        today=day_of(now()),
    )
    found = Looked()
    seen: set[Key] = set()
    while batch := list(islice(lines, BATCH)):
        found.mistakes += [one for one in batch if isinstance(one, Mistake)]
        people = [one for one in batch if isinstance(one, Person)]
        fresh = list(_without_duplicates(people, seen))
        found.duplicate += len(people) - len(fresh)
        known, erased = _known(fresh)
        found.erased += len(erased)
        found.known |= known
        found.people += [one for one in fresh if one.line not in erased]
    return found


def shown_of(kept: CohortImport) -> str:
    """Return what stands for the preview on the page: other columns or counts are another one."""
    return digest_of({"columns": kept.columns, "counts": kept.counts, "file": kept.digest})


@on_deadlock
@transaction.atomic
def load(*, kept: CohortImport, shown: str, without_refused: bool, by: User) -> CohortImport:
    """Load the kept file whole, once, if it still does what ``shown`` stands for.

    Guarantees: all accepted lines or none; a person is known by number, given name and year of
    birth (:mod:`plasma.identity`) and becomes no second donor, however often the list comes; two
    people on one phone stay two; who had themselves erased is not brought back. Lines that are
    refused are left out only when ``without_refused`` says so. Afterwards the file is emptied.
    Two files are loaded one after the other. Raises :class:`PreviewOutdated` when it would do
    something else than was shown (the row then says what), :class:`Refusal` otherwise.
    """
    row = _locked(kept, by, loaded=True)
    if row.status == Status.LOADED:
        return row
    wait_for_turn("plasma-cohort")
    _only_for_lists(row.cohort, by)
    if shown != shown_of(row):
        raise PreviewOutdated("The preview was made anew.")
    found = look(row)
    if found.counts != row.counts:
        raise PreviewOutdated("Something changed after the preview.")
    if not found.people:
        raise Refusal(_("There is nobody to load in this file."))
    if found.mistakes and not without_refused:
        raise Refusal(
            _("Say that the refused lines are left out, or mend the file."), field="without_refused"
        )
    _write(row.cohort, found)
    moment = now()
    move(row, to=Status.LOADED, content=b"", ended_at=moment)
    cohort = Cohort.objects.select_for_update(no_key=True).get(pk=row.cohort_id)
    record(cohort, "cohort_loaded", at=moment, by=by, data={"import": row.pk, **row.counts})
    return row


@transaction.atomic
def renew(*, kept: CohortImport, by: User) -> CohortImport:
    """Look at the file again, after something changed."""
    return choose_columns(kept=kept, columns=kept.columns, by=by)


@transaction.atomic
def discard(*, kept: CohortImport, by: User) -> CohortImport:
    """Empty a file that is not to be loaded."""
    row = _locked(kept, by)
    return move(row, to=Status.DISCARDED, content=b"", ended_at=now())


def forget_old() -> int:
    """Empty the files that nobody loaded within a day; return how many."""
    return CohortImport.objects.filter(
        status=Status.PREVIEWED, made_at__lt=ClockTimestamp() - KEPT
    ).update(status=Status.DISCARDED, content=b"", ended_at=ClockTimestamp())


def district_names() -> dict[str, str]:
    """Return the code of each district by every name it goes by, folded."""
    rows = list(District.objects.values_list("code", "name_en", "name_hi"))
    found = {fold(name): code for code, *names in rows for name in (code, *names)}
    codes = {row[0] for row in rows}
    for name, code in OLD_NAMES.items():
        if code in codes:
            found.setdefault(fold(name), code)
    return found


def _only_for_lists(cohort: Cohort, by: User) -> None:
    if not may_run(by):
        raise PermissionDenied("Only who runs campaigns loads cohorts.")
    if cohort.kind != Cohort.Kind.IMPORTED:
        raise Refusal(_("Volunteers come by themselves: nothing is loaded for them."))
    if cohort.data_leave_on <= day_of(now()):
        raise Refusal(_("The data of this cohort have left. Make a new one."))


def _locked(kept: CohortImport, by: User, *, loaded: bool = False) -> CohortImport:
    """Return one's own file, locked, while it is there."""
    if not may_run(by) or kept.made_by_id != by.pk:
        raise PermissionDenied("Only who uploaded a file loads it.")
    row = (
        CohortImport.objects.select_for_update(of=("self",))
        .select_related("cohort")
        .get(pk=kept.pk)
    )
    if row.status == Status.DISCARDED or (row.status == Status.LOADED and not loaded):
        raise Refusal(_("This file is not there any more. Upload it again."))
    return row


def _keys(person: Person) -> list[Key]:
    return [key_of(phone, person.given_name, person.year_of_birth) for phone in person.phones]


def _without_duplicates(people: Iterable[Person], seen: set[Key]) -> Iterator[Person]:
    for person in people:
        keys = _keys(person)
        if seen.isdisjoint(keys):
            yield person
        seen.update(keys)


def _known(people: Sequence[Person]) -> tuple[dict[int, int], set[int]]:
    """Return who of ``people`` is a donor already, and who had themselves erased, by line."""
    phones = list({phone for person in people for phone in person.phones})
    there: dict[Key, int] = {}
    rows = (
        DonorPhone.objects.filter(phone__in=phones, donor__erased_at__isnull=True)
        .order_by("-donor_id")
        .values_list("phone", "donor__given_name", "donor__year_of_birth", "donor_id")
    )
    for phone, given_name, year, donor in rows:
        there[key_of(phone, given_name, year)] = donor
    known: dict[int, int] = {}
    unknown: dict[str, int] = {}
    for person in people:
        keys = _keys(person)
        donor_id = next((there[key] for key in keys if key in there), None)
        if donor_id is not None:
            known[person.line] = donor_id
        else:
            unknown |= {mark_of(key): person.line for key in keys}
    marks = ErasedMark.objects.filter(mark__in=list(unknown)).values_list("mark", flat=True)
    return known, {unknown[mark] for mark in marks}


def _write(cohort: Cohort, found: Looked) -> None:
    districts = dict(District.objects.values_list("code", "pk"))
    for start in range(0, len(found.people), BATCH):
        batch = found.people[start : start + BATCH]
        new = [one for one in batch if one.line not in found.known]
        known = [(one, found.known[one.line]) for one in batch if one.line in found.known]
        ids = _write_new(new, districts)
        _mend_known(cohort, known, districts)
        with connection.cursor() as cursor:
            cursor.execute(JOIN_COHORT, [cohort.pk, [*ids, *(donor for _person, donor in known)]])


def _write_new(people: Sequence[Person], districts: Mapping[str, int]) -> list[int]:
    donors: list[Donor] = [
        Donor(
            name=one.name,
            given_name=one.given_name,
            language=one.language,
            year_of_birth=one.year_of_birth,
            district_id=districts.get(one.district),
            blood_group=one.blood_group,
            recovered_on=one.recovered_on,
        )
        for one in people
    ]
    many_rows.insert(donors)
    many_rows.insert(
        [
            DonorPhone(donor=donor, phone=phone, position=position)
            for donor, one in zip(donors, people, strict=True)
            for position, phone in enumerate(one.phones, start=1)
        ]
    )
    return [donor.pk for donor in donors]


def _mend_known(
    cohort: Cohort, known: Sequence[tuple[Person, int]], districts: Mapping[str, int]
) -> None:
    if not known:
        return
    columns: dict[str, Any] = {
        "cohort": cohort.pk,
        "donors": [donor for _person, donor in known],
        "districts": [districts.get(one.district) for one, _id in known],
        "groups": [one.blood_group for one, _id in known],
        "days": [one.recovered_on for one, _id in known],
    }
    numbers = [(donor, phone) for one, donor in known for phone in one.phones]
    with connection.cursor() as cursor:
        cursor.execute(MEND, columns)
        cursor.execute(
            ADD_PHONES, [[donor for donor, _phone in numbers], [phone for _d, phone in numbers]]
        )
