"""The demo's Kendras: made-up ones in all districts, and two of Rewari's at work."""

from appointments.models import Category, Request
from appointments.services import answers, pins
from esachivalaya.accounts.models import SignInCode, User
from esachivalaya.accounts.services.demo import make_demo_staff
from esachivalaya.common.clock import ClockTimestamp
from esachivalaya.demo.history import PIN
from esachivalaya.demo.offices import APPOINTING, PASSWORD, SEED, Made
from esachivalaya.demo.people import Name, Register
from kendras.generator import generate
from kendras.models import AssistedBooking, Kendra, KendraCharge, OperatorPin, Token
from kendras.services import charges, consents, operator_pins, seats, tokens
from kendras.services.booking import CounterWish, book
from kendras.services.consents import ConsentGiven
from kendras.services.people import PersonGiven
from officials.models import District, Post
from officials.permissions import heads

VILLAGE, TOWN = 46, 23
FIRST, SECOND = "SAMPLE-REW-0001", "SAMPLE-REW-0002"
# Two share the first counter's computer.
OPERATORS = {FIRST.lower(): FIRST, f"{FIRST.lower()}-b": FIRST, SECOND.lower(): SECOND}
SUPERVISOR, OVERSEEN = "kendras-rew", "REW"
# By this the operators take over from each other.
OPERATOR_PIN = "739104"
# Who comes to the counter: the office, the category, the subject, and whether they have a phone.
WALK_INS = (
    ("DC-REW", "pensions", "वृद्धावस्था सम्मान भत्ता अप्रैल से नहीं मिला", False),
    ("SDM-REW", "revenue", "इंतकाल दर्ज नहीं हुआ", True),
    ("DC-REW", "revenue", "रास्ते पर कब्ज़ा", True),
    ("SDM-REW", "municipal", "गली में पानी की निकासी", False),
    ("ADC-REW", "pensions", "परिवार पहचान पत्र में आय गलत दर्ज है", True),
)
# So many of them have an answer.
CONFIRMED = 2
TOKENS = 6


def make_kendras(staff: dict[str, User], made: Made) -> None:
    """Make the Kendras, their operators and the supervisor, where there are none yet."""
    if not Kendra.objects.filter(generated=True).exists():
        made.add("Kendras", generate(village=VILLAGE, town=TOWN))
    register = Register(SEED + 7)
    there = set(KendraCharge.objects.values_list("user__username", flat=True))
    for number, name in enumerate([*OPERATORS, SUPERVISOR], start=1):
        who = register.adult()
        if name not in there:
            _make_person(name, number, who, staff[APPOINTING])
            made.add("people of Kendras", 1)


def _make_person(name: str, number: int, who: Name, by: User) -> None:
    user = make_demo_staff(
        name,
        PASSWORD,
        name_en=who.en,
        name_hi=who.hi,
        phone=f"+9198000{60_000 + number}",
        email=f"{name}@kendra.example",
    )
    if name == SUPERVISOR:
        district = District.objects.get(code=OVERSEEN)
        charges.give(kind=KendraCharge.Kind.SUPERVISOR, district=district, user=user, by=by)
    else:
        kendra = Kendra.objects.get(code=OPERATORS[name])
        charges.give(kind=KendraCharge.Kind.OPERATOR, kendra=kendra, user=user, by=by)
        operator_pins.set_pin(user=user, pin=OPERATOR_PIN)


def make_day_at_the_counter(posts: list[Post], categories: dict[str, Category], made: Made) -> None:
    """Let the first Kendra book for a few walk-ins, and give out some of today's numbers."""
    kendra = Kendra.objects.filter(code=FIRST, active=True).first()
    operator = User.objects.filter(username=FIRST.lower()).first()
    if kendra is None or operator is None or not OperatorPin.objects.filter(user=operator).exists():
        return
    by_code = {post.code: post for post in posts}
    register = Register(SEED + 8)
    if not AssistedBooking.objects.exists():
        for number, (code, category, subject, has_phone) in enumerate(WALK_INS, start=1):
            who, witness = register.adult(), register.adult()
            times = (
                seats.free_times(kendra=kendra, post=by_code[code], accessible=False)
                if code in by_code
                else []
            )
            if not times:
                continue
            key = f"demo-walk-in-{number:06}"
            phone = f"+9198000{62_000 + number}" if has_phone else ""
            wanted = CounterWish(
                person=PersonGiven(None, name=who.hi, given_name=who.given.hi, phone=phone),
                consent=_consent(kendra, operator, phone, key, witness),
                post=by_code[code],
                slot=times[0],
                category_id=categories[category].pk,
                subject=subject,
                took_s=38 + 4 * number,
            )
            done = book(kendra=kendra, by=operator, wanted=wanted, key=key)
            made.add("bookings at a Kendra", 1)
            Request.objects.filter(reference=done.reference).update(pin_hash=pins.hash_of(PIN))
            if number <= CONFIRMED:
                _confirm(done.reference)
    if not Token.objects.exists():
        for _number in range(TOKENS):
            tokens.issue(kendra=kendra, by=operator)
        tokens.call_next(kendra=kendra, by=operator, counter=1)
        made.add("tokens", TOKENS)


def _consent(kendra: Kendra, operator: User, phone: str, key: str, witness: Name) -> ConsentGiven:
    """A code where there is a phone, which is taken as read out; else a slip on paper."""
    if not phone:
        return ConsentGiven("paper", f"REW-{key[-4:]}", witness.hi)
    consents.send_code(kendra=kendra, by=operator, phone=phone, key=key, language="hi")
    SignInCode.objects.filter(phone=phone, subject=consents.subject_of(key)).update(
        used_at=ClockTimestamp()
    )
    return ConsentGiven("code")


def _confirm(reference: str) -> None:
    row = Request.objects.select_related("post").get(reference=reference)
    holders = heads(row.post)
    if holders:
        answers.confirm(request=row, by=holders[0], version=row.version)
