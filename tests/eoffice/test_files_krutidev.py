"""Krutidev is recognised and read as Unicode; nothing is converted by itself."""

import pytest
from django.test import Client
from django.urls import reverse

from eoffice.krutidev import looks_like, to_unicode
from eoffice.models import Note
from tests.desks import Branch
from tests.people import sign_in_staff

SENTENCES = [
    (
        "ftyk jsokM+h esa lM+d dh ejEer ds fy, izLrqr gSA",
        "जिला रेवाड़ी में सड़क की मरम्मत के लिए प्रस्तुत है।",
    ),
    ("izLrko Lohd`r fd;k tkrk gSA", "प्रस्ताव स्वीकृत किया जाता है।"),
    ("f'k{kk foHkkx dk i= layXu gSA", "शिक्षा विभाग का पत्र संलग्न है।"),
    ("eq[;ea=h dk;kZy; dks lwfpr djsa A ;g vkns'k gSA", "मुख्यमंत्री कार्यालय को सूचित करें । यह आदेश है।"),
    ("mDr ekeys esa dk;Zokgh dh x;h gSA", "उक्त मामले में कार्यवाही की गयी है।"),
]


@pytest.mark.parametrize(("typed", "read"), SENTENCES)
def test_a_sentence_is_recognised_and_read(typed: str, read: str) -> None:
    assert looks_like(typed)
    assert to_unicode(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("gfj;k.kk ljdkj", "हरियाणा सरकार"),
        ("fLFkfr", "स्थिति"),
        ("dk;Z'kkyk", "कार्यशाला"),
        ("vkWfQl", "ऑफिस"),
        ("bZ", "ई"),
        ("fof/k", "विधि"),
        ("lfefr dh cSBd", "समिति की बैठक"),
    ],
)
def test_words_whose_signs_change_their_place(typed: str, read: str) -> None:
    assert to_unicode(typed) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Please put up the estimate for the road to Bawal.",
        "The DC said the file is to be closed.",
        "यह फ़ाइल प्रस्तुत है। ds fy,",
        "A-11011/5/2020-EST",
        "Rs 12,500 only",
    ],
)
def test_what_is_not_krutidev_is_left_alone(text: str) -> None:
    assert not looks_like(text)


@pytest.mark.django_db
def test_it_is_offered_and_changes_nothing(branch: Branch) -> None:
    client = sign_in_staff(Client(), branch.seema)
    url = reverse("eoffice:note-converted", args=[branch.assistant.post.code])
    told = client.post(url, {"text": SENTENCES[0][0]}, HTTP_ACCEPT="application/json").json()
    assert told == {"krutidev": True, "text": SENTENCES[0][1]}
    english = client.post(url, {"text": "Put up please"}, HTTP_ACCEPT="application/json").json()
    assert english == {"krutidev": False}
    assert not Note.objects.exists()
