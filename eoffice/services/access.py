"""Access rows: worked out when an item moves or its classification changes, never when asked.

Source: domain rules of e-Office, invariant 7.
"""

from django.db import connection
from django.db.models import Max, Q

from eoffice.models import (
    Access,
    Classification,
    Correspondence,
    Desk,
    File,
    Holding,
    Item,
)

_GRANT = """
INSERT INTO eoffice_access (item_id, desk_id, section_id)
SELECT item, desk, section FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])
       AS given (item, desk, section)
ON CONFLICT DO NOTHING
"""


def grant(item: Item, desk: Desk) -> None:
    """Let ``desk`` see ``item`` and everything in it, as its classification allows.

    Given when it is made there or comes there; what a desk has seen it goes on seeing.
    """
    rows: list[tuple[int, int | None, int | None]] = []
    for inner in [item, *contents_of(item)]:
        rows.append((inner.pk, desk.pk, None))
        if inner.classification == Classification.NORMAL:
            rows.append((inner.pk, None, desk.section_id))
    _write(rows)


def rewrite(item: Item) -> None:
    """Work the access to ``item`` out anew, after its classification changed."""
    _replace([item])


def withdraw(item: Item) -> None:
    """Take the access back from who never opened ``item``: it was pulled back from them unread."""
    _replace([item, *contents_of(item)])


def follow_file(item: Item, file: File) -> None:
    """Let everybody who sees ``file`` see ``item`` and what is in it, which was put in it."""
    found = list(Access.objects.filter(item=file.item_id).values_list("desk_id", "section_id"))
    _write(
        [
            (inner.pk, desk, section)
            for inner in [item, *contents_of(item)]
            for desk, section in found
            if desk or inner.classification == Classification.NORMAL
        ]
    )


def contents_of(item: Item) -> list[Item]:
    """Return the receipts in a file and the files inside it, with theirs."""
    if item.kind != Item.Kind.FILE:
        return []
    found: list[Item] = []
    files = [item.pk]
    while files:
        receipts = Correspondence.objects.filter(
            file__in=files, removed_at__isnull=True, receipt__isnull=False
        )
        found += Item.objects.filter(pk__in=receipts.values("receipt_id"))
        inside = list(Item.objects.filter(file__inside__in=files))
        found += inside
        files = [one.pk for one in inside]
    return found


def files_around(pk: int) -> list[int]:
    """Return the files in which this file lies, from the nearest outwards."""
    found: list[int] = []
    outer: int | None = File.objects.values_list("inside_id", flat=True).get(pk=pk)
    while outer is not None:
        found.append(outer)
        outer = File.objects.values_list("inside_id", flat=True).get(pk=outer)
    return found


def least_classification(item: Item) -> int:
    """Return the lowest classification that ``item`` may have: that of what is in it."""
    inner = [one.pk for one in contents_of(item)]
    highest = Item.objects.filter(pk__in=inner).aggregate(found=Max("classification"))["found"]
    return int(highest or Classification.NORMAL)


def _replace(items: list[Item]) -> None:
    """Write the rows of these items anew: who made them, had them, or had what they lie in."""
    Access.objects.filter(item__in=items).delete()
    rows: list[tuple[int, int | None, int | None]] = []
    for item in items:
        for desk in _desks_of(item):
            rows.append((item.pk, desk.pk, None))
            if item.classification == Classification.NORMAL:
                rows.append((item.pk, None, desk.section_id))
            elif item.classification == Classification.RESTRICTED:
                rows += [(item.pk, head, None) for head in _heads_of(desk)]
    _write(rows)


def _desks_of(item: Item) -> list[Desk]:
    """Return the desks that made ``item``, hold it or what it lies in, or opened it there."""
    chain = [item.pk, *_outer(item)]
    seen = Q(read_at__isnull=False) | Q(ended_at__isnull=True)
    held = Holding.objects.filter(seen, item__in=chain)
    made = Item.objects.filter(pk__in=chain)
    wanted = Q(pk__in=held.values("desk_id")) | Q(pk__in=made.values("made_at_desk_id"))
    return list(Desk.objects.filter(wanted).select_related("section"))


def _outer(item: Item) -> list[int]:
    """Return the files that ``item`` lies in, from the nearest outwards."""
    if item.kind == Item.Kind.FILE:
        return files_around(item.pk)
    inside = Correspondence.objects.filter(receipt=item.pk, removed_at__isnull=True)
    file = inside.values_list("file_id", flat=True).first()
    return [] if file is None else [file, *files_around(file)]


def _heads_of(desk: Desk) -> list[int]:
    """Return the desks that stand highest in the section of ``desk``."""
    peers = Desk.objects.filter(section=desk.section_id, closed_at__isnull=True)
    highest = peers.aggregate(found=Max("rank"))["found"]
    return list(peers.filter(rank=highest).values_list("pk", flat=True))


def _write(rows: list[tuple[int, int | None, int | None]]) -> None:
    if not rows:
        return
    items, desks, sections = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_GRANT, [list(items), list(desks), list(sections)])
