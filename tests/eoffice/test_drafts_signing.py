"""Signatures: the key stays locked, a letter verifies, and a changed one does not."""

import pytest

from eoffice import pdf
from eoffice.models import SigningCertificate
from eoffice.services import signing
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from tests.authority import PASSPHRASE, officer_p12, root_pem
from tests.people import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def ramesh() -> User:
    return make_staff("ramesh")


def letter() -> bytes:
    sheet = pdf.Sheet(
        language="en", letterhead="Haryana", form="Letter", subject="Road", body="Yes.", to=["A"]
    )
    return pdf.letter(sheet)


def kept(user: User) -> SigningCertificate:
    return signing.keep(by=user, uploaded=officer_p12(), passphrase=PASSPHRASE)


def test_a_signed_letter_verifies_against_its_authority(ramesh: User) -> None:
    signed = signing.sign(letter(), certificate=kept(ramesh), passphrase=PASSPHRASE)
    (seen,) = signing.look_at(signed, roots=[root_pem()])
    assert (seen.intact, seen.trusted) == (True, True)
    assert "Ramesh Kumar" in seen.signer


def test_another_authority_is_not_trusted(ramesh: User) -> None:
    signed = signing.sign(letter(), certificate=kept(ramesh), passphrase=PASSPHRASE)
    (seen,) = signing.look_at(signed, roots=[root_pem("Somebody else")])
    assert (seen.intact, seen.trusted) == (True, False)


def test_a_changed_letter_is_found_out(ramesh: User) -> None:
    signed = signing.sign(letter(), certificate=kept(ramesh), passphrase=PASSPHRASE)
    place = signed.index(b"/MediaBox") + 12
    forged = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
    assert not any(seen.intact for seen in signing.look_at(forged, roots=[root_pem()]))


def test_what_is_added_behind_the_signature_is_found_out(ramesh: User) -> None:
    signed = signing.sign(letter(), certificate=kept(ramesh), passphrase=PASSPHRASE)
    assert not any(seen.intact for seen in signing.look_at(signed + b"\n% more\n"))


def test_an_unsigned_letter_has_no_signature() -> None:
    assert signing.look_at(letter()) == []


def test_neither_key_nor_passphrase_is_kept_in_clear(ramesh: User) -> None:
    row = kept(ramesh)
    stored = bytes(SigningCertificate.objects.get(pk=row.pk).sealed_key)
    assert PASSPHRASE.encode() not in stored
    with pytest.raises(Refused) as refused:
        signing.sign(letter(), certificate=row, passphrase="Some-other-words")
    assert refused.value.rule == "passphrase"


def test_a_new_certificate_wipes_the_earlier_key(ramesh: User) -> None:
    first = kept(ramesh)
    second = kept(ramesh)
    first.refresh_from_db()
    assert bytes(first.sealed_key) == b""
    assert signing.certificate_of(ramesh) == second


@pytest.mark.parametrize(
    ("uploaded", "passphrase", "rule"),
    [
        (officer_p12(days=-1), PASSPHRASE, "expired"),
        (officer_p12(passphrase="short"), "short", "short_passphrase"),
        (officer_p12(), "Wrong-words-here", "passphrase"),
        (b"%PDF-1.7 no certificate", PASSPHRASE, "passphrase"),
    ],
    ids=["expired", "short", "wrong", "no certificate"],
)
def test_what_cannot_sign_is_not_kept(
    ramesh: User, uploaded: bytes, passphrase: str, rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        signing.keep(by=ramesh, uploaded=uploaded, passphrase=passphrase)
    assert refused.value.rule == rule
    assert signing.certificate_of(ramesh) is None
