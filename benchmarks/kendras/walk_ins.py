"""One operator's shift: walk-in after walk-in, step by step as the counter's page asks for them."""

import asyncio
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field

from django.urls import reverse

from benchmarks.kendras.line import Answer, Browser, Line
from benchmarks.kendras.phones import Phones
from benchmarks.kendras.places import GIVEN, SEED, Office, Operator
from benchmarks.kendras.records import Booking, Told
from esachivalaya.common.idempotency import new_key

# How walk-ins differ: a number that is known, a new number, no number at all.
KNOWN, NEW_NUMBER = 0.6, 0.2
# Who stays with what the page proposes: the first office of the district, and the first free time.
FIRST_OFFICE, FIRST_TIME = 0.4, 0.5
# Though a code could come, a slip on paper is signed.
PAPER = 0.1
# The button is pressed twice at the same moment.
PRESSED_TWICE = 0.1
# So often the page is loaded again: by the language, the line, or the way back from another page.
LOADED_AGAIN = 0.25
MOST_TRIES = 5
# Seconds of a minute that go by with talking and typing, before each step.
THINK = {
    "phone": 4,
    "office": 8,
    "letters": 2,
    "times": 2,
    "code": 4,
    "read": 6,
    "book": 2,
    "print": 1,
}
CODE_COMES_WITHIN = 45.0
SUBJECT = "वृद्धावस्था सम्मान भत्ता अप्रैल से नहीं मिला"

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PERSON = re.compile(r'name="person" [^>]*value="(\d+)"')
POST = re.compile(r'name="post" [^>]*value="([^"]+)"')
TIME = re.compile(r'name="slot" id="([^"]+)" value="([^"/]+/[^"]+)"( checked)?( data-seat)?')
CATEGORY = re.compile(r'data-category="(\d+)"')


class Unexpected(Exception):
    """A step was answered as it never should be: the walk-in is sent home."""


class Over(Exception):
    """The time of the benchmark is over."""


@dataclass(frozen=True)
class Time:
    """One time that the page shows; ``seat``: a seat is free here then."""

    value: str
    seat: bool


@dataclass
class Shift:
    """What all operators share: the line, the phones, the pace, and the record of the answers."""

    line: Line
    phones: Phones
    # Seconds for one walk-in, of which the rest is the wait for the next.
    pace: float
    ends: float = 0.0
    told: list[Told] = field(default_factory=list)
    # Each reference, and when it was first told.
    booked: dict[str, float] = field(default_factory=dict)
    # Pressed, and never answered: the browser sends them again.
    unsent: list[tuple[Browser, "Pressed"]] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Pressed:
    """One booking as it was sent."""

    address: str
    fields: dict[str, str]
    asked: Booking


class OperatorAtWork:
    """One operator at the counter of their Kendra."""

    def __init__(self, operator: Operator, shift: Shift) -> None:
        self.operator, self.shift = operator, shift
        self.dice = random.Random(SEED + operator.number)  # noqa: S311 - nobody's secret
        cookies = {"sessionid": operator.session, "language": "hi"}
        self.browser = Browser(shift.line, cookies)
        self.phones = list(operator.phones)
        self.number = 0

    async def work(self, *, starts: float) -> None:
        """Serve one walk-in after the other, from ``starts`` on until the time is over."""
        try:
            await asyncio.sleep(starts - time.monotonic())
            await self.open()
            while True:
                began = time.monotonic()
                try:
                    await self.walk_in()
                except Unexpected as problem:
                    self.shift.wrong[str(problem)] += 1
                rest = began + self.shift.pace * self.dice.uniform(0.85, 1.15) - time.monotonic()
                await self.wait(rest)
        except Over:
            return

    async def open(self) -> None:
        """Load the page until it is there."""
        while not self.browser.token:
            try:
                await self.page("page_first")
            except Unexpected as problem:
                self.shift.wrong[str(problem)] += 1
                # Whoever loads it again and again only makes the queue longer.
                await self.wait(self.shift.pace / 6)

    async def walk_in(self) -> None:
        """Book for one person, from the number to the slip."""
        self.number += 1
        if self.number > 1 and self.dice.random() < LOADED_AGAIN:
            await self.page("page")
        fields = self.blank()
        await self.who(fields)
        office = self.choose_office()
        await self.find_office(fields, office)
        chosen = await self.choose_time(fields)
        if fields["consent"] == "code":
            await self.consent(fields)
        await self.think("book")
        await self.book(fields, chosen)
        # The next person's form: what was booked just now is proposed first.
        await self.asked("offices", {"q": "", "post": ""})

    def blank(self) -> dict[str, str]:
        return {
            "key": new_key(),
            "operator": str(self.operator.user_id),
            "took_s": "45",
            **dict.fromkeys("phone family_id person name service_q office_q code".split(), ""),
            **dict.fromkeys("serial_number witness fee_rs sought description".split(), ""),
            "subject": SUBJECT,
            "language": "hi",
            "consent": "code",
        }

    async def page(self, step: str) -> None:
        answer = self.expect(await self.browser.get(step, self.at("counter"), page=True))
        found = TOKEN.search(answer.text)
        if found is None:
            raise Unexpected(f"{step}: a page without a form")
        self.browser.token = found[1]

    async def who(self, fields: dict[str, str]) -> None:
        """Ask for the number, and choose or name the person."""
        await self.think("phone")
        kind = self.dice.random()
        number = ""
        if kind < KNOWN and self.phones:
            number = self.phones.pop()
        elif kind < KNOWN + NEW_NUMBER:
            number = f"{8_000_000_000 + self.operator.number * 1_000 + self.number}"
        fields["phone"] = number
        asked = {"phone": number, "family_id": "", "person": ""}
        address = self.at("people")
        answer = self.expect(await self.browser.post("people", address, asked, accept="text/html"))
        people = PERSON.findall(answer.text)
        if people:
            fields["person"] = self.dice.choice(people)
        else:
            name = f"{self.dice.choice(GIVEN)} कुमारी"
            fields |= {"person": "new", "name": name}
        if not number or self.dice.random() < PAPER:
            serial = f"{self.operator.number:04}-{self.number:04}"
            fields |= {"consent": "paper", "serial_number": serial, "witness": "राम कुमार"}

    def choose_office(self) -> Office | None:
        """Return the office to be typed, or None for the first one that is proposed."""
        if self.dice.random() < FIRST_OFFICE:
            return None
        return self.dice.choice(self.operator.offices)

    async def find_office(self, fields: dict[str, str], office: Office | None) -> None:
        """Find the office as one types: it is asked when the typing stops for a moment."""
        await self.think("office")
        if office is None:
            answer = await self.asked("offices", {"q": "", "post": ""})
        else:
            await self.asked("offices", {"q": office.words.split()[0], "post": ""})
            await self.think("letters")
            answer = await self.asked("offices", {"q": office.words, "post": ""})
            fields["office_q"] = office.words
        shown = POST.findall(answer.text)
        if office is not None and office.code not in shown:
            raise Unexpected("offices: the office is not among those found")
        # Without words it is the first of the district: the Deputy Commissioner for many counters.
        fields["post"] = (
            office.code
            if office
            else next((code for code in shown if code.startswith("DC-")), shown[0])
        )

    async def choose_time(self, fields: dict[str, str]) -> Time | None:
        """Take the time that is proposed, or another one that is shown; None for any time."""
        await self.think("times")
        asked = {"post": fields["post"], "slot": "", "from": "", "accessible": ""}
        answer = await self.asked("times", asked)
        category = CATEGORY.search(answer.text)
        fields["category"] = category[1] if category else ""
        found = TIME.findall(answer.text)
        times = [Time(value, bool(seat)) for _id, value, _checked, seat in found]
        proposed = [Time(value, bool(seat)) for _id, value, checked, seat in found if checked]
        if not times:
            self.shift.counted["any_time"] += 1
            return None
        seated = [one for one in times if one.seat] or times
        stays = proposed and self.dice.random() < FIRST_TIME
        return proposed[0] if stays else self.dice.choice(seated)

    async def consent(self, fields: dict[str, str]) -> None:
        """Send the code, read it from the phone, and let it be checked."""
        await self.think("code")
        phone, key = fields["phone"], fields["key"]
        asked = {"phone": phone, "key": key, "language": "hi"}
        self.expect(await self.browser.post("code", self.at("code"), asked))
        code = await self.shift.phones.code_on(f"+91{phone}", seconds=CODE_COMES_WITHIN)
        if self.over():
            raise Over
        if code is None:
            raise Unexpected("code: it did not come")
        await self.think("read")
        fields["code"] = code
        asked = {"phone": phone, "key": key, "code": code}
        answer = await self.browser.post("code_check", self.at("code-check"), asked)
        if not self.expect(answer).data["ok"]:
            raise Unexpected("code_check: a code that is right was refused")

    async def book(self, fields: dict[str, str], chosen: Time | None) -> None:
        """Press the button, again with another time when that one was taken, and print."""
        for _try in range(MOST_TRIES):
            pressed = self.pressed(fields, chosen)
            answer = await self.press(pressed)
            if answer is None:
                return
            if answer.status == 200:
                await self.print(str(answer.data["reference"]))
                return
            self.shift.counted["taken"] += 1
            times = TIME.findall(answer.data["times"])
            offered = [found for found in times if found[0].startswith("instead_")] or times
            if not offered:
                raise Unexpected("book: taken, and no other time is offered")
            _id, value, _checked, seat = self.dice.choice(offered)
            chosen = Time(value, bool(seat))
            await self.think("book")
        self.shift.counted["given_up"] += 1

    def pressed(self, fields: dict[str, str], chosen: Time | None) -> Pressed:
        seat = chosen is None or chosen.seat
        sent = {**fields, "slot": chosen.value if chosen else "any"}
        if seat:
            sent["seat_wanted"] = "on"
        asked = Booking(
            operator=self.operator.user_id,
            kendra=self.operator.kendra,
            post=fields["post"],
            slot=chosen.value if chosen else "",
            seat=seat and chosen is not None,
        )
        return Pressed(self.at("book"), sent, asked)

    async def press(self, pressed: Pressed) -> Answer | None:
        """Send it, sometimes twice at once; returns the answer that counts, None without one.

        A second press of a sent booking brings its reference again, of a refused one a refusal.
        """
        if self.over():
            raise Over
        twice = self.dice.random() < PRESSED_TWICE
        self.shift.counted["pressed_twice"] += twice
        posts = [
            self.browser.post("book", pressed.address, pressed.fields)
            for _press in range(1 + twice)
        ]
        answers = await asyncio.gather(*posts)
        for answer in answers:
            if answer.status == 200:
                self.tell(pressed, answer)
        for answer in answers:
            if answer.status not in {200, 409}:
                # The browser keeps it, and sends it again.
                self.shift.unsent.append((self.browser, pressed))
                self.shift.wrong[described(answer)] += 1
                return None
        if len({answer.status for answer in answers}) > 1:
            raise Unexpected("book: one press was booked and the other one refused")
        if answers[0].status == 409 and "times" not in answers[0].data:
            raise Unexpected("book: 409 without other times")
        return answers[0]

    def tell(self, pressed: Pressed, answer: Answer) -> None:
        """Keep what was answered."""
        reference = str(answer.data["reference"])
        self.shift.told.append(Told(pressed.fields["key"], reference, pressed.asked))
        self.shift.booked.setdefault(reference, answer.began + answer.seconds)

    async def print(self, reference: str) -> None:
        await self.think("print")
        address = reverse("kendras:slip", args=[self.operator.kendra, reference])
        self.expect(await self.browser.post("slip", address, {"paper": "80"}), status=204)

    async def asked(self, name: str, asked: dict[str, str]) -> Answer:
        return self.expect(await self.browser.get(name, self.at(name), asked))

    def at(self, name: str) -> str:
        return reverse(f"kendras:{name}", args=[self.operator.kendra])

    def expect(self, answer: Answer, status: int = 200) -> Answer:
        if answer.status != status:
            raise Unexpected(described(answer))
        return answer

    async def think(self, what: str) -> None:
        seconds = THINK[what] * self.shift.pace / 60
        await self.wait(seconds * self.dice.uniform(0.7, 1.3))

    async def wait(self, seconds: float) -> None:
        if self.over():
            raise Over
        await asyncio.sleep(max(0.0, min(seconds, self.shift.ends - time.monotonic())))
        if self.over():
            raise Over

    def over(self) -> bool:
        return time.monotonic() >= self.shift.ends


def described(answer: Answer) -> str:
    """Say what an answer was that should not have been, in one line."""
    if not answer.status:
        return f"{answer.step}: no answer"
    words = " ".join(answer.text.split())[:200] if answer.status in {409, 422, 423} else ""
    return f"{answer.step}: {answer.status} {words}".strip()
