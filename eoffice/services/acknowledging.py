"""The acknowledgement to who wrote: the diary number, and no word of the matter."""

from eoffice.models import Receipt
from esachivalaya.notifications import services as outbox
from esachivalaya.notifications.services import Letter, Recipient

KIND = "eoffice.receipt"
TEMPLATE = "receipt_diarised"


def acknowledge(receipt: Receipt, *, language: str) -> int:
    """Write the acknowledgement of ``receipt`` into the outbox, in the caller's transaction.

    By SMS and e-mail, as far as the sender left a number or address; returns how many.
    """
    sender = receipt.correspondent
    if not (sender.phone or sender.email):
        return 0
    department = receipt.item.made_at_desk.section.department
    letter = Letter(
        event=f"{TEMPLATE}:{receipt.pk}",
        template=TEMPLATE,
        to=Recipient(phone=sender.phone, email=sender.email, language=language),
        values={
            "diary": receipt.item.number,
            "department": {"hi": department.name_hi, "en": department.name_en},
        },
        subject_kind=KIND,
        subject_id=str(receipt.pk),
    )
    return len(outbox.post([letter]))
