"""Acting on an item as it was shown: what moved meanwhile is told, not acted on.

The version of an item is the number of the last entry in its ledger: every act adds one.
"""

from django.db.models import Max

from eoffice.models import Item, Movement
from eoffice.services.locking import locked
from esachivalaya.common.states import Overtaken


def version_of(item: Item) -> int:
    """Return the number of the last entry of ``item``'s ledger."""
    last = Movement.objects.filter(item=item).aggregate(last=Max("seq"))["last"]
    return int(last or 0)


def as_shown(item: Item, version: int) -> Item:
    """Lock ``item`` for the caller's transaction; :class:`Overtaken` when it is not as shown."""
    row = locked([item.pk])[item.pk]
    if version_of(row) != version:
        raise Overtaken(row)
    return row
