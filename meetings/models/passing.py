"""What passes between the people in a room: signals of the engine, chat, a shared paper."""

from django.db import models
from django.db.models import F, Q

from appointments.models import Attachment
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.common.fields import ChoiceField
from esachivalaya.common.typed import TypedLine
from meetings.models.rooms import Room
from meetings.models.seats import Seat

LARGEST_SIGNAL = 64 * 1024


class Signal(models.Model):
    """One word of the engine from one page to another, in the mailbox of the second.

    Holds addresses, which are personal data: deleted after two minutes and when the room closes.
    """

    class Kind(models.TextChoices):
        OFFER = "offer", "offer"
        ANSWER = "answer", "answer"
        CANDIDATE = "candidate", "candidate"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="signals")
    sender = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="+")
    sender_page = models.PositiveBigIntegerField()
    to = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="mailbox")
    to_page = models.PositiveBigIntegerField()
    kind = ChoiceField(choices=Kind.choices)
    # Tells a repeated sending from a new word; made by the sending page.
    key = models.CharField(max_length=32)
    content = models.TextField(max_length=LARGEST_SIGNAL)
    made_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sender", "sender_page", "key"], name="signal_once"),
            models.CheckConstraint(condition=~Q(sender=F("to")), name="signal_to_another"),
        ]
        indexes = [
            models.Index(fields=["to", "to_page", "id"], name="signal_mailbox"),
            models.Index(fields=["made_at"], name="signal_made_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ChatLine(models.Model):
    """A line for everybody admitted: a file's name, an address. Gone with the room."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="chat")
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="+")
    words = TypedLine(max_length=500)
    written_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        indexes = [models.Index(fields=["room", "id"], name="chat_line_of_room")]

    def __str__(self) -> str:
        return f"line {self.pk}"


class SharedPaper(models.Model):
    """The one paper of the request that everybody in the room looks at, and its page."""

    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="shared_paper")
    attachment = models.ForeignKey(Attachment, on_delete=models.CASCADE, related_name="+")
    page = models.PositiveSmallIntegerField(default=1)
    shared_by = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.room_id}: {self.attachment_id}, {self.page}"
