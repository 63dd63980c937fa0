"""What happens while the demo is made: sent and answered by the services, as on any page."""

from typing import Any

from appointments.diary import next_free
from appointments.models import Offer, Request
from appointments.services import answers, booking, pins, wishes
from appointments.services.booking import CompanionWish, Wish
from esachivalaya.common.clock import day_of
from esachivalaya.common.idempotency import new_key
from esachivalaya.common.slots import Span
from esachivalaya.demo.casting import Casting, NobodyLeft, Part
from esachivalaya.demo.history import PIN
from esachivalaya.demo.matters import CANCELLED, DECLINED
from esachivalaya.demo.papers import draft_with_paper
from officials.models import Post

OWN_PHONE, KENDRA = Request.Channel.OWN_PHONE, Request.Channel.KENDRA
# How many of an office's next free times a citizen looks at.
LOOKED_AT = 12


class Present:
    """Sends requests and answers them now; each method one sort of story."""

    def __init__(self, casting: Casting) -> None:
        self.casting, self.random = casting, casting.random

    def send(
        self, part: Part, slot: Span | None, *, channel: str = OWN_PHONE, **fields: Any
    ) -> Request:
        """Send a request about the part's matter and return it; its PIN is the demo's."""
        matter = part.matter
        wish = Wish(
            post=part.post,
            citizen_id=part.citizen.pk,
            slot=slot,
            category_id=self.casting.categories[matter.category].pk,
            **{
                "subject": matter.subject,
                "sought": matter.sought,
                "description": matter.description,
                "language": matter.language,
                **fields,
            },
        )
        own = channel == OWN_PHONE
        sent = booking.send(
            wish=wish,
            by=part.user if own else None,
            channel=channel,
            principal=f"demo:{part.citizen.pk}",
            key=new_key(),
        )
        Request.objects.filter(reference=sent.reference).update(pin_hash=pins.hash_of(PIN))
        return Request.objects.select_related("post", "citizen__household__user").get(
            reference=sent.reference
        )

    def _slot(self, post: Post, *, soon: bool = False) -> Span:
        free = next_free(post, channel=OWN_PHONE, count=1 if soon else LOOKED_AT)
        if not free:
            raise NobodyLeft
        return self.random.choice(free)

    def _other_slot(self, request: Request) -> Span:
        """Return a later free time of the same office, on another day if it has one."""
        assert request.starts_at is not None
        free = next_free(request.post, channel=KENDRA, count=3 * LOOKED_AT, after=request.starts_at)
        asked = day_of(request.starts_at)
        later = [span for span in free if day_of(span.start) > asked] or free[1:]
        if not later:
            raise NobodyLeft
        return later[0]

    def _sent(self, *, soon: bool = False, **fields: Any) -> Request:
        part = self.casting.part(open_=True)
        return self.send(part, self._slot(part.post, soon=soon), **fields)

    # --- what waits ------------------------------------------------------------------------------
    def waiting(self) -> None:
        self._sent(other_times_ok=self.random.random() < 0.4)

    def waiting_open(self) -> None:
        part = self.casting.part(open_=True)
        self.send(part, None, unsuitable_weekdays=[0], unsuitable_parts=["evening"])

    def waiting_at_the_top(self) -> None:
        """Ask the Chief Minister, and agree to meet the post below."""
        part = self.casting.part(policy=Post.AtDueTime.HAND_DOWN, open_=True)
        self.send(part, None, hand_down_agreed=True)

    def from_a_kendra(self) -> None:
        part = self.casting.part(open_=True)
        slot = self._slot(part.post)
        self.send(part, slot, channel=KENDRA, needs_accessible_seat=self.random.random() < 0.5)

    def private(self, part: Part | None = None) -> None:
        part = part or self.casting.part(open_=True)
        self.send(part, self._slot(part.post), private=True)

    def with_companions(self) -> None:
        part = self.casting.part(open_=True)
        hindi = part.matter.language == "hi"
        companions = (
            CompanionWish("रामकिशन", "पड़ोसी")
            if hindi
            else CompanionWish("Ram Kishan", "neighbour"),
            CompanionWish("सरपंच, ग्राम पंचायत", "सरपंच")
            if hindi
            else CompanionWish("Sarpanch of the village", "sarpanch"),
        )
        slot = self._slot(part.post)
        self.send(part, slot, companions=companions, other_times_ok=True)

    def with_pdf(self) -> None:
        self._with_paper("PDF", {"hi": "प्रार्थना पत्र.pdf", "en": "application.pdf"})

    def with_png(self) -> None:
        self._with_paper("PNG", {"hi": "रसीद.png", "en": "receipt.png"})

    def _with_paper(self, kind: str, names: dict[str, str]) -> None:
        part = self.casting.part(open_=True)
        slot = self._slot(part.post)
        draft = draft_with_paper(part.post, kind=kind, name=names[part.matter.language])
        self.send(part, slot, draft=draft, needs_interpreter=self.random.random() < 0.2)

    # --- other times -----------------------------------------------------------------------------
    def offered(self, part: Part | None = None) -> Offer:
        """Send a request and let the office offer another time, which waits for an answer."""
        part = part or self.casting.part(open_=True)
        request = self.send(part, self._slot(part.post))
        return answers.offer(
            request=request,
            slot=self._other_slot(request),
            by=self.casting.answerer(request.post),
            version=request.version,
        )

    def offer_accepted(self) -> None:
        offer = self.offered()
        wishes.accept_offer(offer=offer, by=offer.request.citizen.household.user)

    def offer_refused(self) -> None:
        offer = self.offered()
        wishes.refuse_offer(offer=offer, by=offer.request.citizen.household.user)

    def moved(self) -> None:
        """Let a citizen ask for a later time while the office has not answered."""
        request = self._sent()
        slot = self._other_slot(request)
        by = request.citizen.household.user
        wishes.ask_other_time(request=request, slot=slot, by=by, version=request.version)

    # --- answers ---------------------------------------------------------------------------------
    def confirmed(self, part: Part | None = None) -> Request:
        """Send a request for the next free time and confirm it."""
        part = part or self.casting.part(open_=True)
        request = self.send(part, self._slot(part.post, soon=True))
        by = self.casting.answerer(request.post)
        return answers.confirm(request=request, by=by, version=request.version)

    def confirmed_at_other_time(self) -> None:
        request = self._sent(other_times_ok=True)
        answers.confirm_at(
            request=request,
            slot=self._other_slot(request),
            by=self.casting.answerer(request.post),
            version=request.version,
        )

    def declined(self) -> None:
        request = self._sent()
        reason, _language, words = self.random.choice(
            [one for one in DECLINED if one[1] == request.language]
        )
        elsewhere = reason == Request.DeclineReason.OTHER_OFFICE
        answers.decline(
            request=request,
            by=self.casting.answerer(request.post),
            version=request.version,
            reason=reason,
            words=words,
            go_to=self.casting.other_office(request.post) if elsewhere else None,
        )

    def withdrawn(self) -> None:
        request = self._sent()
        by = request.citizen.household.user
        wishes.withdraw(request=request, by=by, version=request.version)

    def handed_over(self) -> None:
        request = self._sent()
        here = [
            post
            for post in self.casting.posts
            if post.pk != request.post_id and post.level == Post.Level.DISTRICT_OFFICER
        ]
        if not here:
            raise NobodyLeft
        answers.hand_over(
            request=request,
            to=self.random.choice(here),
            by=self.casting.answerer(request.post),
            version=request.version,
            words="",
        )

    def cancelled_by_office(self) -> None:
        request = self.confirmed()
        words = next(text for code, text in CANCELLED if code == request.language)
        by = self.casting.answerer(request.post)
        answers.cancel(request=request, by=by, version=request.version, words=words)

    def cancelled_by_citizen(self) -> None:
        request = self.confirmed()
        by = request.citizen.household.user
        wishes.withdraw(request=request, by=by, version=request.version)
