"""Desks, receipts, files, notes, drafts, and the ledger of their movement."""

from eoffice.models.activity import CountedDay, DeskDay
from eoffice.models.certificates import SigningCertificate
from eoffice.models.decisions import DecisionCard
from eoffice.models.desks import Desk, Onboarding, Rank
from eoffice.models.drafts import (
    Addressee,
    Approval,
    DeliveryMode,
    Dispatch,
    Draft,
    DraftVersion,
    Issue,
    LetterTemplate,
    SecretPaper,
)
from eoffice.models.files import Correspondence, File, FileLink, Head
from eoffice.models.items import Access, Classification, Item, Nature, Opening, Priority, SavedView
from eoffice.models.movements import ChargeReport, Holding, Movement, Question
from eoffice.models.notes import Flag, Note
from eoffice.models.printouts import Printout
from eoffice.models.receipts import Correspondent, Enclosure, PendingScan, Receipt

__all__ = [
    "Access",
    "Addressee",
    "Approval",
    "ChargeReport",
    "Classification",
    "Correspondence",
    "Correspondent",
    "CountedDay",
    "DecisionCard",
    "DeliveryMode",
    "Desk",
    "DeskDay",
    "Dispatch",
    "Draft",
    "DraftVersion",
    "Enclosure",
    "File",
    "FileLink",
    "Flag",
    "Head",
    "Holding",
    "Issue",
    "Item",
    "LetterTemplate",
    "Movement",
    "Nature",
    "Note",
    "Onboarding",
    "Opening",
    "PendingScan",
    "Printout",
    "Priority",
    "Question",
    "Rank",
    "Receipt",
    "SavedView",
    "SecretPaper",
    "SigningCertificate",
]
