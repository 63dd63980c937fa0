"""The demo's decision cards, and questions of one desk to others while the file stays."""

from datetime import timedelta
from typing import Any

from eoffice.models import Desk, File
from eoffice.services import asking, deciding
from eoffice.services.asking import Wanted
from eoffice.services.deciding import CardWords
from esachivalaya.common import clock

CARD = CardWords(
    matter="अभ्यावेदन पर राहत स्वीकृत की जाए या नहीं।",
    rule="विभागीय निर्देश दिनांक 1 अप्रैल 2019, पैरा 4",
    options="राहत स्वीकृत की जाए (प्रस्ताव)\nकारण सहित अस्वीकार किया जाए",
    money="₹45,000, मद 2245",
)
QUESTION = "क्या इस मामले में आपकी शाखा को कोई आपत्ति है?"
ANSWER = "इस शाखा को कोई आपत्ति नहीं है।"


def put_card(file: File, at: dict[str, Any]) -> None:
    """Write a card for who decides; it goes up with the file."""
    deciding.fill_card(file=file, told=CARD, version=None, **at)


def ask(file: File, at: dict[str, Any], answering: tuple[Desk, Any], waiting: Desk) -> None:
    """Ask two desks for their views: one has answered, the other has a few days left."""
    until = clock.day_of(clock.now()) + timedelta(days=5)
    desk, by = answering
    wanted = Wanted(words=QUESTION, until=until)
    first, _second = asking.ask(file=file, to=[desk, waiting], wanted=wanted, **at)
    asking.answer(question=first, desk=desk, by=by, words=ANSWER)
