"""Questions whose closing date is not a day to come, with the entry that asked them."""

from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction

from eoffice.models import Desk, File, Movement, Question
from eoffice.services import ledger
from eoffice.services.locking import locked, seated
from esachivalaya.accounts.models import User
from esachivalaya.common import clock


@transaction.atomic
def asked_until(closes: datetime, *, file: File, desk: Desk, by: User, to: Desk) -> Question:
    """A question that was asked a while ago and closes at this moment, which its entry says too."""
    item, seat = locked([file.pk])[file.pk], seated(by, desk)
    assert seat is not None
    words = "May the patwari be heard?"
    row = Question.objects.create(
        item=item,
        round=Question.objects.filter(item=item).count() + 1,
        from_desk=desk,
        to_desk=to,
        asked_by=by,
        asked_at=min(closes - timedelta(days=3), clock.now()),
        words=words,
        closes_at=closes,
    )
    more = {
        "question": row.pk,
        "round": row.round,
        "words_sha256": sha256(words.encode()).hexdigest(),
        "papers": [],
        "until": clock.day_of(closes).isoformat(),
        "closes": closes.isoformat(),
    }
    ledger.append(item, Movement.Act.ASKED, seat=seat, at=row.asked_at, to_desk=to, more=more)
    return row
