"""Sheets of paper and copies that were not needed, by a rule that stands on the page.

Counted is only what would have been on paper, in files and receipts that are electronic:

1. a sealed note: a page of noting for each 1,800 characters that were begun;
2. a receipt that came by e-mail or through the portal: its pages, which would have been printed;
3. a receipt marked to another desk: one photocopy of its pages, which the sender would have kept;
   a file that is marked counts nothing, since the file itself would have gone;
4. an issued letter: its pages once, the office copy in the file;
5. a letter sent by e-mail: its pages for each addressee. Sent again, it counts once.

A receipt without a scan is one page. Two pages make a sheet, and 500 sheets a ream: rounded down.
"""

from dataclasses import dataclass

from eoffice.services.activity import Sums

SHEETS_IN_A_REAM = 500


@dataclass(frozen=True)
class Saved:
    """Pages by what they would have been, and copies."""

    notes: int
    prints: int
    photocopies: int
    office_copies: int
    mailed: int
    copies: int

    @property
    def pages(self) -> int:
        return self.notes + self.prints + self.photocopies + self.office_copies + self.mailed

    @property
    def sheets(self) -> int:
        """Both sides are used."""
        return self.pages // 2

    @property
    def reams(self) -> int:
        return self.sheets // SHEETS_IN_A_REAM


def saved(sums: Sums) -> Saved:
    """Return what the counts of some days are worth by the rule."""
    return Saved(
        notes=sums["note_pages"],
        prints=sums["print_pages"],
        photocopies=sums["copy_pages"],
        office_copies=sums["letter_pages"],
        mailed=sums["mail_pages"],
        copies=sums["copies"] + sums["mails"],
    )
