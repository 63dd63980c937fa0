"""How an appeal stands in the outbox: its subject, its words, and on what it stands."""

from django.db.models import OuterRef, QuerySet, Subquery

from plasma.models import ConsentEntry

KIND = "plasma.invitation"
APPEAL, NEED = "plasma_appeal", "plasma_need"
TEMPLATES = (APPEAL, NEED)


def last_words() -> QuerySet[ConsentEntry]:
    """Return what each donor said last about being asked."""
    purpose = ConsentEntry.Purpose.APPEALS
    newest = ConsentEntry.objects.filter(donor_id=OuterRef("donor_id"), purpose=purpose)
    last = Subquery(newest.order_by("-pk").values("pk")[:1])
    return ConsentEntry.objects.filter(purpose=purpose, pk=last)
