"""Drafts that the tests of e-Office speak of, as far along as a test needs them."""

from typing import Any

from eoffice.models import Draft
from eoffice.services import drafts, moving
from eoffice.services.drafts import NewDraft
from eoffice.services.moving import Sent
from tests.desks import Branch, filed, make_correspondent


def drafted(branch: Branch, **fields: Any) -> Draft:
    """A letter that the assistant drafts on a new file, to one citizen."""
    person = fields.pop("person", None) or make_correspondent(
        branch.section, email="asha@example.com", address="12 Model Town, Rewari"
    )
    wanted: dict[str, Any] = {
        "form": "letter",
        "language": "en",
        "signatory": branch.officer,
        "subject": "Repair of the road to Bawal",
        "body": "The road will be repaired by May.",
        "to": (person,),
        **fields,
    }
    return drafts.write(
        file=filed(branch), desk=branch.assistant, by=branch.seema, new=NewDraft(**wanted)
    )


def put_up(branch: Branch, **fields: Any) -> Draft:
    """A draft that went up to the Section Officer with its file."""
    draft = drafted(branch, **fields)
    row = drafts.put_up(draft=draft, desk=branch.assistant, by=branch.seema, version=draft.version)
    moving.mark(
        item=draft.file.item,
        desk=branch.assistant,
        to=branch.officer,
        by=branch.seema,
        sent=Sent(),
    )
    return row


def approved(branch: Branch, **fields: Any) -> Draft:
    """A draft that the Section Officer approved; the file lies with the officer."""
    draft = put_up(branch, **fields)
    return drafts.approve(draft=draft, desk=branch.officer, by=branch.ramesh, version=draft.version)
