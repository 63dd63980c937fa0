"""Which bank is near: by the distance of its district from the donor's own."""

from plasma.distances import UNKNOWN, km_between
from plasma.models import Bank, Donor


def banks_for(donor: Donor) -> list[Bank]:
    """Return the banks that take donors, the nearest first; one query."""
    own = donor.district

    def distance(bank: Bank) -> tuple[int, str]:
        return (km_between(own.code, bank.district.code) if own else UNKNOWN), bank.code

    rows = Bank.objects.filter(active=True).select_related("district")
    return sorted(rows, key=distance)
