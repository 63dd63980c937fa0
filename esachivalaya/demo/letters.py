"""The demo's letters: templates in both languages, and drafts as far along as they can be."""

from typing import Any

from eoffice.models import Correspondent, Desk, File, Holding, Item, LetterTemplate, Nature
from eoffice.permissions import Seat, seats_of
from eoffice.services import dispatching, drafts, issuing, letter_templates
from eoffice.services.drafts import NewDraft
from eoffice.services.letter_templates import save_template
from eoffice.services.setting_up import save_set_up
from esachivalaya.accounts.models import User
from esachivalaya.demo.offices import SETUP, Made
from officials.models import Charge

# The desk that sends out what the others of its department hand to it.
REGISTRY = "REV-EST-ASST"
HEAD = {"hi": "{state} सरकार\n{department}\n{section}", "en": "Government of {state}\n{department}"}
# Form, language, name and words; for every department.
TEMPLATES = (
    (
        "letter",
        "hi",
        "पत्र का उत्तर",
        "महोदय/महोदया,\n\nआपके पत्र क्रमांक {letter_number} के संदर्भ में सूचित किया जाता है कि",
    ),
    (
        "letter",
        "en",
        "Reply to a letter",
        "Sir/Madam,\n\nKindly refer to your letter No. {letter_number} dated {letter_date}.",
    ),
    (
        "memorandum",
        "hi",
        "कार्यालय ज्ञापन",
        "विषय के संबंध में अधोहस्ताक्षरी को यह कहने का निदेश हुआ है कि",
    ),
    ("memorandum", "en", "Office memorandum", "The undersigned is directed to say that"),
    ("order", "hi", "कार्यालय आदेश", "फ़ाइल संख्या {file_number} पर सक्षम अधिकारी के अनुमोदन से"),
    (
        "endorsement",
        "hi",
        "पृष्ठांकन",
        "{sender} से प्राप्त पत्र की प्रति आवश्यक कार्यवाही हेतु प्रेषित है।",
    ),
)
MORE = "\n\nप्रकरण की जाँच कर ली गई है और नियमानुसार कार्यवाही एक माह में पूर्ण कर ली जाएगी।"


def make_letters(staff: dict[str, User], made: Made) -> None:
    """Make templates, and letters that are written, approved, waiting and sent, if there are none.

    Each section's officer has one letter approved; in the department with a registry one waits
    there and one was posted.
    """
    if LetterTemplate.objects.exists() or not Desk.objects.exists():
        return
    by = staff[SETUP]
    for form, language, name, body in TEMPLATES:
        row = LetterTemplate(
            form=form, language=language, name=name, letterhead=HEAD[language], body=body
        )
        save_template(row=row, by=by)
    registry = Desk.objects.filter(post__code=REGISTRY).first()
    if registry is not None:
        registry.registry = True
        save_set_up(row=registry, by=by)
    for desk in Desk.objects.filter(post__code__endswith="-SO").select_related("post", "section"):
        seat = _seat_of(desk)
        files = _files_at(desk)
        if seat is None:
            continue
        ours = registry if registry and _together(registry, desk) else None
        for number, file in enumerate(files[:4]):
            _letter(seat, file, number, ours)
        made.add("letters drafted", min(len(files), 4))


def _letter(seat: Seat, file: File, number: int, registry: Desk | None) -> None:
    """Write a letter on ``file``: the first is only put up, the next approved, then sent."""
    who: dict[str, Any] = {"desk": seat.desk, "by": seat.charge.user}
    template = LetterTemplate.objects.get(name="पत्र का उत्तर")
    answered = next(iter(letter_templates.answerable(file, seat)), None)
    _head, words = letter_templates.begun(template, file=file, seat=seat, reply_to=answered)
    if answered is not None:
        reader = answered.correspondent
    else:
        department = seat.desk.section.department_id
        reader = Correspondent.objects.filter(department=department).order_by("pk")[number]
    new = NewDraft(
        form=template.form,
        language=template.language,
        signatory=seat.desk,
        subject=file.item.subject,
        body=words + MORE,
        template=template,
        reply_to=answered,
        to=(reader,),
    )
    draft = drafts.write(file=file, new=new, **who)
    draft = drafts.put_up(draft=draft, version=draft.version, **who)
    if number == 0:
        return
    draft = drafts.approve(draft=draft, version=draft.version, **who)
    if number == 1:
        return
    issue = issuing.issue(draft=draft, version=draft.version, unsigned=True, **who)
    through = registry if number == 2 else None
    dispatching.send_to_all(issue=issue, registry=through, unsigned=True, **who)


def _files_at(desk: Desk) -> list[File]:
    """Return the open files that lie at a desk and can be worked on."""
    # One table after the other: just filled, they have no statistics by which to be joined well.
    here = Holding.objects.open().filter(desk=desk, parked_until__isnull=True)
    items = Item.objects.filter(
        pk__in=list(here.values_list("item_id", flat=True)),
        kind=Item.Kind.FILE,
        status=Item.Status.OPEN,
        nature=Nature.ELECTRONIC,
    )
    files = File.objects.filter(pk__in=list(items.values_list("pk", flat=True)))
    return list(files.select_related("item").order_by("pk"))


def _seat_of(desk: Desk) -> Seat | None:
    charge = Charge.objects.filter(post=desk.pk).live().select_related("user").first()
    if charge is None:
        return None
    return next((seat for seat in seats_of(charge.user) if seat.desk == desk), None)


def _together(one: Desk, other: Desk) -> bool:
    return one.section.department_id == other.section.department_id
