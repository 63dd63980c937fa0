"""What can be done with a file now, in the order of the trade, and how each dialog does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from eoffice.file_page import Sheet
from eoffice.forms import files as forms
from eoffice.forms.deciding import DueForm, PriorityForm
from eoffice.models import File, FileLink, Holding, Item, Nature, Note, Rank
from eoffice.permissions import visible_at
from eoffice.services import binding, closing, filing, moving, notes, urgency
from eoffice.services.locking import locked
from eoffice.services.moving import Sent
from eoffice.services.refusals import Elsewhere, Refused
from esachivalaya.common import idempotency

Status = Item.Status
OPEN = {Status.OPEN, Status.CLOSE_PROPOSED}
Do = Callable[[Sheet, dict[str, Any]], object]


@dataclass(frozen=True)
class Act:
    """One act: its dialog, and what it does with a valid form."""

    name: str
    title: Any
    done: Any
    form: type[forms.DialogForm]
    do: Do

    @property
    def main(self) -> bool:
        """Whether it stands in the bar itself; the others stand under "More"."""
        return self.name in MAIN

    @property
    def key(self) -> str:
        """The key that opens its dialog from the file's page, "" for most."""
        return KEYS.get(self.name, "")


def _who(sheet: Sheet) -> dict[str, Any]:
    return {"desk": sheet.seat.desk, "by": sheet.seat.charge.user}


def _sent(told: dict[str, Any]) -> Sent:
    return Sent(
        action=told["action"],
        words=told["words"],
        due_on=told["due_on"],
        priority=told.get("priority"),
    )


def _sign(sheet: Sheet, told: dict[str, Any]) -> None:
    """Sign the note that was written in the dialog, in the transaction that sends it.

    As it was written there: what another window made of it meanwhile is not signed unseen.
    """
    row: Note | None = told.get("yellow")
    if row is not None:
        notes.make_green(note=row, by=sheet.seat.charge.user, version=row.version)


def _mark(sheet: Sheet, told: dict[str, Any]) -> object:
    _sign(sheet, told)
    return moving.mark(item=sheet.item, to=told["to"], sent=_sent(told), **_who(sheet))


def _return(sheet: Sheet, told: dict[str, Any]) -> object:
    _sign(sheet, told)
    return moving.give_back(item=sheet.item, sent=_sent(told), **_who(sheet))


def _other(sheet: Sheet, told: dict[str, Any]) -> File:
    """Return the file of this number as far as it is seen from here; else as if it were not."""
    seen = visible_at(sheet.seat).filter(kind=Item.Kind.FILE, number=told["other"].strip())
    item = seen.exclude(pk=sheet.item.pk).select_related("file").first()
    if item is None:
        raise Refused("other", _("There is no such file."), field="other")
    return item.file


def _divide(kind: str) -> Do:
    return lambda sheet, told: filing.divide(
        main=sheet.file, kind=kind, subject=told["subject"], **_who(sheet)
    )


def _take_out(sheet: Sheet, told: dict[str, Any]) -> object:
    child = _other(sheet, told)
    if child.inside_id != sheet.item.pk:
        raise Refused("not_inside", _("That file does not lie in this one."), field="other")
    return binding.take_out(child=child, **_who(sheet))


def _unlink(sheet: Sheet, told: dict[str, Any]) -> object:
    other = _other(sheet, told)
    first, second = sorted([sheet.item.pk, other.pk])
    bond = _link_of(first, second)
    if bond is None:
        raise Refused("other", _("These two files are not linked."), field="other")
    return binding.unlink(bond=bond, **_who(sheet))


def _link_of(first: int, second: int) -> FileLink | None:
    """Return the live link of two files, or None."""
    links = FileLink.objects.filter(one=first, other=second, ended_at__isnull=True)
    return links.first()


ACTS = {
    act.name: act
    for act in (
        Act(
            "receive",
            _("Receive the paper"),
            _("The paper is received."),
            forms.DialogForm,
            lambda sheet, told: moving.receive(item=sheet.item, **_who(sheet)),
        ),
        Act("mark", _("Mark to a desk"), _("The file was sent."), forms.MarkForm, _mark),
        Act("return", _("Return"), _("The file was returned."), forms.ReturnForm, _return),
        Act(
            "pull-back",
            _("Pull back"),
            _("The file is back at this desk."),
            forms.PullBackForm,
            lambda sheet, told: moving.pull_back(
                item=sheet.item, words=told["words"], **_who(sheet)
            ),
        ),
        Act(
            "park",
            _("Park"),
            _("The file is parked; it comes back on its day."),
            forms.ParkForm,
            lambda sheet, told: moving.park(
                item=sheet.item, until=told["until"], words=told["words"], **_who(sheet)
            ),
        ),
        Act(
            "take-up",
            _("Take up again"),
            _("The file is in the inbox again."),
            forms.DialogForm,
            lambda sheet, told: moving.take_up(item=sheet.item, **_who(sheet)),
        ),
        Act(
            "propose",
            _("Propose to close"),
            _("Closing is proposed. A Section Officer or above closes it."),
            forms.WhyForm,
            lambda sheet, told: closing.propose(
                item=sheet.item, words=told["words"], **_who(sheet)
            ),
        ),
        Act(
            "close",
            _("Close the file"),
            _("The file is closed."),
            forms.WhyForm,
            lambda sheet, told: closing.close(item=sheet.item, words=told["words"], **_who(sheet)),
        ),
        Act(
            "reopen",
            _("Reopen"),
            _("The file is open again."),
            forms.WhyForm,
            lambda sheet, told: closing.reopen(item=sheet.item, words=told["words"], **_who(sheet)),
        ),
        Act(
            "link",
            _("Link with a file"),
            _("The files are linked; each moves alone."),
            forms.OtherFileForm,
            lambda sheet, told: binding.link(
                file=sheet.file, other=_other(sheet, told), **_who(sheet)
            ),
        ),
        Act("unlink", _("End a link"), _("The link is ended."), forms.OtherFileForm, _unlink),
        Act(
            "attach",
            _("Attach to another file"),
            _("The file travels inside the other one."),
            forms.OtherFileForm,
            lambda sheet, told: binding.attach(
                child=sheet.file, parent=_other(sheet, told), **_who(sheet)
            ),
        ),
        Act(
            "merge",
            _("Merge into another file"),
            _("The file is one with the other; it is read under its number."),
            forms.OtherFileForm,
            lambda sheet, told: binding.merge(
                child=sheet.file, parent=_other(sheet, told), **_who(sheet)
            ),
        ),
        Act(
            "take-out",
            _("Detach or demerge a file"),
            _("The file lies at this desk by itself."),
            forms.OtherFileForm,
            _take_out,
        ),
        Act(
            "part",
            _("Open a part"),
            _("The part was opened at this desk."),
            forms.DivideForm,
            _divide(File.Kind.PART),
        ),
        Act(
            "volume",
            _("Open the next volume"),
            _("The volume was opened at this desk."),
            forms.DivideForm,
            _divide(File.Kind.VOLUME),
        ),
        Act(
            "classify",
            _("Change the classification"),
            _("The classification was changed."),
            forms.ClassifyForm,
            lambda sheet, told: filing.classify(
                item=sheet.item,
                classification=told["classification"],
                words=told["words"],
                **_who(sheet),
            ),
        ),
        Act(
            "priority",
            _("Change the priority"),
            _("The priority was changed."),
            PriorityForm,
            lambda sheet, told: urgency.change_priority(
                item=sheet.item, priority=told["priority"], words=told["words"], **_who(sheet)
            ),
        ),
        Act(
            "due",
            _("Change the due day"),
            _("The due day was changed."),
            DueForm,
            lambda sheet, told: urgency.change_due(
                item=sheet.item, due_on=told["due_on"], words=told["words"], **_who(sheet)
            ),
        ),
    )
}
KEYS = {"mark": "m", "return": "r", "pull-back": "b", "park": "p"}
MAIN = ("receive", "mark", "return", "pull-back", "park", "take-up", "close", "propose", "reopen")


def offered(sheet: Sheet) -> list[Act]:
    """Return what the person in this seat can do with the file now, in the order of the trade."""
    return [act for act in ACTS.values() if act.name in _names(sheet)]


def _names(sheet: Sheet) -> set[str]:
    item, holding, file = sheet.item, sheet.holding, sheet.file
    names = set()
    if item.status in OPEN and file.kind == File.Kind.MAIN:
        names.add("part")
    if not sheet.here or holding is None:
        return names | _from_elsewhere(sheet)
    if sheet.to_receive and item.nature == Nature.PHYSICAL:
        return {"receive"}
    if item.status in OPEN:
        names |= {"mark", "link", "unlink", "take-out", "due"}
        names |= {"priority"} if len(urgency.choices(sheet.seat, item.priority)) > 1 else set()
        names |= {"return"} if holding.from_desk_id else set()
        names |= {"close"} if _closes(sheet) else set()
    if item.status == Status.OPEN:
        names |= {"attach", "merge"}
        names.add("take-up" if holding.parked_until else "park")
        names |= set() if _closes(sheet) else {"propose"}
        names |= {"volume"} if file.kind == File.Kind.MAIN else set()
        names |= {"classify"} if sheet.seat.is_officer else set()
    if item.status == Status.CLOSE_PROPOSED:
        names.add("reopen")
    return names


def _from_elsewhere(sheet: Sheet) -> set[str]:
    holding, names = sheet.holding, set()
    if sheet.item.status == Status.CLOSED:
        names.add("reopen")
    if holding is not None and holding.from_desk_id == sheet.seat.desk.pk:
        came = holding.came in {Holding.Came.MARKED, Holding.Came.RETURNED}
        if came and holding.read_at is None:
            names.add("pull-back")
    return names


def _closes(sheet: Sheet) -> bool:
    return sheet.seat.is_officer and sheet.seat.desk.rank >= Rank.SECTION_OFFICER


def do(act: Act, sheet: Sheet, form: forms.DialogForm) -> None:
    """Do the act if the file still lies where the page showed it.

    The stay is compared under the file's lock: a dialog that stood open while the file left and
    came back acts no more. What makes something new is done once for its key.
    """
    told = form.cleaned_data
    if "note" in told and told["note"].strip():
        # In a transaction of its own: what was written stays as a yellow note when sending fails.
        told["yellow"] = notes.write(
            file=sheet.file, text=told["note"], version=told["version"], **_who(sheet)
        )
    with transaction.atomic():
        if "key" in told:
            idempotency.claim(
                principal=f"user:{sheet.seat.charge.user_id}",
                form=f"eoffice-{act.name}",
                key=told["key"],
                digest=idempotency.digest_of({"file": sheet.item.pk, "subject": told["subject"]}),
                result="done",
            )
        locked([sheet.item.pk])
        holding = Holding.objects.open().filter(item=sheet.item).select_related("desk__post")
        current = holding.first()
        if (current.pk if current else None) != told["stay"] and act.name != "part":
            raise Elsewhere(current)
        act.do(sheet, told)
