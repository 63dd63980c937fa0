"""What donors agreed to and took back, in a ledger that only grows.

The last entry about a purpose is what holds. Whoever takes back the consent to be asked is asked
no more, in any campaign, until they come back by themselves.
"""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from appointments.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.audit.services import record
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock
from plasma.models import ConsentEntry, Donor

Act, Purpose, How = ConsentEntry.Act, ConsentEntry.Purpose, ConsentEntry.How

# The version of the words under which consent is asked for, as the pages show them. Other words
# on a page are another version here: the ledger says what people had before their eyes.
WORDING = "2020-07"


@on_deadlock
@transaction.atomic
def give(donor: Donor, purpose: str, how: str, by: User | None = None) -> ConsentEntry:
    """Enter that ``donor`` agrees to ``purpose``; ``by`` is the officer who was told so, if any.

    Agreeing twice under the same words makes one entry. Agreeing to be asked takes back an earlier
    wish to be left alone. Raises :class:`Refused` for somebody whose data are erased.
    """
    row = _locked(donor)
    last = _last(row, purpose)
    entry = last
    if last is None or last.act != Act.GIVEN or last.wording != WORDING:
        entry = _enter(row, Act.GIVEN, purpose, how, by)
    if purpose == Purpose.APPEALS and row.stopped_at is not None:
        Donor.objects.filter(pk=row.pk).update(stopped_at=None)
        donor.stopped_at = None
    assert entry is not None
    return entry


@on_deadlock
@transaction.atomic
def withdraw(donor: Donor, purpose: str, how: str, by: User | None = None) -> ConsentEntry:
    """Enter that ``donor`` takes back ``purpose``, whether or not they had ever agreed to it.

    Taken back twice it is one entry. From this commit on nobody asks who does not want to be asked.
    """
    row = _locked(donor)
    last = _last(row, purpose)
    entry = last
    if last is None or last.act != Act.WITHDRAWN:
        entry = _enter(row, Act.WITHDRAWN, purpose, how, by)
    assert entry is not None
    if purpose == Purpose.APPEALS and row.stopped_at is None:
        Donor.objects.filter(pk=row.pk).update(stopped_at=entry.at)
        donor.stopped_at = entry.at
    return entry


def stands(donor: Donor, purpose: str) -> bool:
    """Whether ``donor`` agreed to ``purpose`` and has not taken it back."""
    last = _last(donor, purpose)
    return last is not None and last.act == Act.GIVEN


def _last(donor: Donor, purpose: str) -> ConsentEntry | None:
    return ConsentEntry.objects.filter(donor=donor, purpose=purpose).order_by("-id").first()


def _locked(donor: Donor) -> Donor:
    """Lock the donor, so that two entries about one purpose come one after the other."""
    row = Donor.objects.select_for_update(no_key=True).get(pk=donor.pk)
    if row.erased_at is not None:
        raise Refused("erased", _("The data of this person have been erased."))
    return row


def _enter(row: Donor, act: str, purpose: str, how: str, by: User | None) -> ConsentEntry:
    moment = now()
    entry = ConsentEntry.objects.create(
        donor=row, act=act, purpose=purpose, how=how, wording=WORDING, at=moment, by=by
    )
    record(row, f"consent_{act}", at=moment, by=by, data={"purpose": purpose, "how": how})
    return entry
