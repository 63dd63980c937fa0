"""The page of a file: who sees it, what is logged, new files, the note, its dialogs."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from eoffice.models import File, Flag, Holding, Item, Note, Opening
from eoffice.services import moving, notes
from eoffice.services.moving import Sent
from esachivalaya.accounts.models import User
from tests.desks import Branch, diarised, filed, make_branch, make_head, noted
from tests.people import sign_in_staff

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}


def at(user: User) -> Client:
    return sign_in_staff(Client(headers={"Accept-Language": "en"}), user)


def page(name: str, desk: Any, *args: Any) -> str:
    return reverse(f"eoffice:{name}", args=[desk.post.code, *args])


@pytest.fixture
def seema(branch: Branch) -> Client:
    return at(branch.seema)


@pytest.fixture
def file(branch: Branch) -> File:
    return filed(branch)


def stay(file: File) -> int:
    return Holding.objects.open().get(item=file.pk).pk


class TestTheNewFile:
    def entered(self, client: Client, desk: Any, **fields: Any) -> dict[str, Any]:
        shown = client.get(page("new-file", desk)).content.decode()
        key = re.search(r'name="key" value="([^"]+)"', shown)
        assert key is not None
        told = {"key": key[1], "subject": "Roads", "nature": "electronic"}
        return {**told, "classification": "1", "priority": "1", **fields}

    def test_it_is_numbered_from_its_head(self, seema: Client, branch: Branch) -> None:
        head = make_head(branch.section)
        told = self.entered(seema, branch.assistant, head=head.pk)
        answer = seema.post(page("new-file", branch.assistant), told)
        made = Item.objects.get(kind="file")
        assert answer.headers["Location"] == page("file", branch.assistant, made.pk)
        assert made.number.startswith("A-11011/1/")

    def test_sent_twice_it_makes_one(self, seema: Client, branch: Branch) -> None:
        told = self.entered(seema, branch.assistant, free_number="LR 1")
        for _ in range(2):
            assert seema.post(page("new-file", branch.assistant), told).status_code == 302
        assert Item.objects.filter(kind="file").count() == 1

    def test_it_needs_a_head_or_a_number_nobody_has(self, seema: Client, branch: Branch) -> None:
        told = self.entered(seema, branch.assistant)
        assert seema.post(page("new-file", branch.assistant), told).status_code == 422
        told["free_number"] = "LR 1"
        seema.post(page("new-file", branch.assistant), told)
        again = self.entered(seema, branch.assistant, free_number="LR 1")
        answer = seema.post(page("new-file", branch.assistant), again)
        assert answer.status_code == 422
        assert "free_number" in answer.context["form"].errors

    def test_an_old_paper_file_is_joined_and_labelled(self, seema: Client, branch: Branch) -> None:
        told = self.entered(
            seema, branch.assistant, free_number="EST 9/1998", old_number="9/98", pages_scanned="40"
        )
        answer = seema.post(page("old-file", branch.assistant), told, follow=True)
        assert "9/98" in answer.content.decode()
        assert "Roads" not in answer.content.decode()
        made = Item.objects.get(kind="file")
        qr = seema.get(page("file-label-qr", branch.assistant, made.pk))
        assert qr.headers["Content-Type"] == "image/svg+xml"
        led = seema.get(reverse("eoffice:file-by-label", args=[made.pk]))
        assert led.headers["Location"] == page("file", branch.assistant, made.pk)
        stranger = at(make_branch("LND", "HOM").ramesh)
        assert stranger.get(reverse("eoffice:file-by-label", args=[made.pk])).status_code == 404


class TestThePage:
    def test_it_is_logged_and_the_first_view_is_the_reading(
        self, branch: Branch, file: File
    ) -> None:
        noted(file, branch.assistant, branch.seema, "Estimate put up.\nOrders please.")
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        answer = at(branch.ramesh).get(page("file", branch.officer, file.pk))
        assert "Estimate put up." in answer.content.decode()
        assert 'id="para-2"' in answer.content.decode()
        assert Opening.objects.filter(item=file.pk, by=branch.ramesh, what="noting").count() == 1
        assert Holding.objects.open().get(item=file.pk).read_at is not None

    def test_what_the_sender_looks_at_is_no_reading(self, branch: Branch, file: File) -> None:
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        answer = at(branch.seema).get(page("file", branch.assistant, file.pk))
        assert answer.status_code == 200
        assert Holding.objects.open().get(item=file.pk).read_at is None

    def test_strangers_do_not_find_it(self, branch: Branch, file: File) -> None:
        other = make_branch("LND", "HOM")
        names = ("file", "file-history", "file-print", "file-label")
        for name in names:
            theirs = page(name, other.officer, file.pk)
            assert at(other.ramesh).get(theirs).status_code == 404
            assert at(other.ramesh).get(page(name, branch.officer, file.pk)).status_code == 404
        assert not Opening.objects.exists()

    def test_a_flag_does_not_name_what_the_reader_may_not_see(
        self, branch: Branch, file: File
    ) -> None:
        hidden = filed(branch, classification=3)
        notes.write(file=file, desk=branch.assistant, by=branch.seema, text="See", version=None)
        yellow = Note.objects.get()
        Flag.objects.create(note=yellow, letter="A", other_file=hidden)
        notes.make_green(note=yellow, by=branch.seema, version=yellow.version)
        own = at(branch.seema).get(page("file", branch.assistant, file.pk)).content.decode()
        theirs = at(branch.ramesh).get(page("file", branch.officer, file.pk)).content.decode()
        assert hidden.item.number in own
        assert hidden.item.number not in theirs

    def test_a_yellow_note_is_private(self, branch: Branch, file: File) -> None:
        notes.write(
            file=file, desk=branch.assistant, by=branch.seema, text="Half a thought", version=None
        )
        theirs = at(branch.ramesh).get(page("file", branch.officer, file.pk))
        assert "Half a thought" not in theirs.content.decode()

    def test_more_notes_take_no_more_queries(
        self, seema: Client, branch: Branch, file: File, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(5):
            noted(file, branch.assistant, branch.seema, f"Note {number}")
        with django_assert_max_num_queries(30):
            seema.get(page("file", branch.assistant, file.pk))

    def test_history_and_print(self, seema: Client, branch: Branch, file: File) -> None:
        noted(file, branch.assistant, branch.seema, "Put up.")
        history = seema.get(page("file-history", branch.assistant, file.pk)).content.decode()
        assert "Where is it stuck" in history
        shown = seema.get(page("file-print", branch.assistant, file.pk)).content.decode()
        assert "Put up." in shown


class TestTheNote:
    def url(self, branch: Branch, file: File) -> str:
        return page("note", branch.assistant, file.pk)

    def test_it_is_kept_as_one_types(self, seema: Client, branch: Branch, file: File) -> None:
        first = seema.post(self.url(branch, file), {"text": "Put up"}, **JSON)
        assert first.json()["version"] == 1
        told = {"text": "Put up please", "version": 1}
        assert seema.post(self.url(branch, file), told, **JSON).json()["version"] == 2
        assert Note.objects.get().text == "Put up please"

    @pytest.mark.parametrize("version", ["", "1"])
    def test_another_window_overwrites_nothing(
        self, seema: Client, branch: Branch, file: File, version: str
    ) -> None:
        for number, text in ((None, "One"), (1, "Two")):
            notes.write(
                file=file, desk=branch.assistant, by=branch.seema, text=text, version=number
            )
        told = {"text": "Three", "version": version}
        assert seema.post(self.url(branch, file), told, **JSON).status_code == 409
        answer = seema.post(self.url(branch, file), told)
        assert answer.status_code == 409
        assert "Two" in answer.content.decode()
        assert "Three" in answer.content.decode()
        assert Note.objects.get().text == "Two"

    def test_it_is_signed_and_taken_back(self, seema: Client, branch: Branch, file: File) -> None:
        seema.post(self.url(branch, file), {"text": "Orders please", "then": "sign"})
        note = Note.objects.get()
        assert (note.status, note.number) == ("green", 1)
        back = page("note-yellow", branch.assistant, file.pk, 1)
        seema.post(back, {"version": note.version})
        note.refresh_from_db()
        assert note.status == "yellow"

    def test_signed_twice_it_does_not_stand_as_a_second_note(
        self, seema: Client, branch: Branch, file: File
    ) -> None:
        seema.post(self.url(branch, file), {"text": "Orders please"}, **JSON)
        told = {"text": "Orders please", "version": "1", "then": "sign"}
        assert seema.post(self.url(branch, file), told).status_code == 302
        assert seema.post(self.url(branch, file), told).status_code == 409
        assert Note.objects.count() == 1

    def test_when_the_file_moved_on_it_stays_yellow(
        self, seema: Client, branch: Branch, file: File
    ) -> None:
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        told = {"text": "Late thought", "then": "sign"}
        answer = seema.post(self.url(branch, file), told)
        assert answer.status_code == 409
        assert str(branch.officer) in answer.content.decode()
        assert "Late thought" in answer.content.decode()
        assert Note.objects.get().status == "yellow"

    def test_nobody_writes_by_get_or_at_another_desk(
        self, seema: Client, branch: Branch, file: File
    ) -> None:
        assert seema.get(self.url(branch, file)).status_code == 405
        assert seema.post(page("note", branch.officer, file.pk), {"text": "x"}).status_code == 404

    def test_flags_lead_to_pages_notes_and_files(
        self, seema: Client, branch: Branch, file: File
    ) -> None:
        other = filed(branch)
        noted(file, branch.assistant, branch.seema, "First")
        notes.write(file=file, desk=branch.assistant, by=branch.seema, text="See", version=None)
        url = page("note-flag", branch.assistant, file.pk)
        for to in ("1/n", other.item.number):
            assert seema.post(url, {"kind": "flag", "to": to}).status_code == 302
        assert seema.post(url, {"kind": "flag", "to": "99/c"}).status_code == 409
        yellow = Note.objects.get(status="yellow")
        assert [flag.letter for flag in yellow.flags.all()] == ["A", "B"]
        assert seema.post(url, {"remove": "A"}).status_code == 302
        assert yellow.flags.count() == 1


class TestTheDialogs:
    def url(self, desk: Any, file: File, name: str) -> str:
        return page("file-act", desk, file.pk, name)

    def test_marking_signs_and_seals_the_note(
        self, seema: Client, branch: Branch, file: File
    ) -> None:
        told = {
            "stay": stay(file),
            "to": f"Officer ({branch.officer.post.code})",
            "note": "For orders",
        }
        answer = seema.post(self.url(branch.assistant, file, "mark"), told)
        assert answer.status_code == 302
        assert Note.objects.get().status == "sealed"
        assert Holding.objects.open().get(item=file.pk).desk == branch.officer

    def test_a_stale_dialog_acts_no_more_and_keeps_the_text(
        self, seema: Client, branch: Branch, file: File
    ) -> None:
        told = {"stay": stay(file), "to": branch.officer.post.code, "note": "Second thought"}
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        moving.give_back(
            item=file.item, desk=branch.officer, by=branch.ramesh, sent=Sent(words="Add the rule")
        )
        answer = seema.post(self.url(branch.assistant, file, "mark"), told)
        assert answer.status_code == 409
        assert "Second thought" in answer.content.decode()
        assert Note.objects.get().status == "yellow"
        assert Holding.objects.open().get(item=file.pk).desk == branch.assistant

    def test_a_vacant_post_is_warned_of(self, seema: Client, branch: Branch, file: File) -> None:
        branch.under_secretary.post.charges.update(ends_at=_long_ago())
        told = {"stay": stay(file), "to": branch.under_secretary.post.code}
        url = self.url(branch.assistant, file, "mark")
        assert seema.post(url, told).status_code == 422
        assert seema.post(url, {**told, "anyway": "on"}).status_code == 302

    def test_returned_and_pulled_back(self, branch: Branch, file: File) -> None:
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        pulled = at(branch.seema).post(
            self.url(branch.assistant, file, "pull-back"), {"stay": stay(file)}
        )
        assert pulled.status_code == 302
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        back = at(branch.ramesh).post(
            self.url(branch.officer, file, "return"),
            {"stay": stay(file), "words": "Add the rule"},
        )
        assert back.status_code == 302
        assert Holding.objects.open().get(item=file.pk).desk == branch.assistant

    def test_parked_and_taken_up(self, seema: Client, branch: Branch, file: File) -> None:
        url = self.url(branch.assistant, file, "park")
        told = {"stay": stay(file), "until": _day(-1), "words": "Awaiting report"}
        assert seema.post(url, told).status_code == 422
        assert seema.post(url, {**told, "until": _day(5)}).status_code == 302
        assert Holding.objects.open().get(item=file.pk).parked_until is not None
        taken = seema.post(self.url(branch.assistant, file, "take-up"), {"stay": stay(file)})
        assert taken.status_code == 302

    def test_closing_shows_what_stands_against_it_then_closes(
        self, branch: Branch, file: File
    ) -> None:
        moving.mark(
            item=file.item, desk=branch.assistant, to=branch.officer, by=branch.seema, sent=Sent()
        )
        notes.write(file=file, desk=branch.officer, by=branch.ramesh, text="Half", version=None)
        ramesh, url = at(branch.ramesh), self.url(branch.officer, file, "close")
        told = {"stay": stay(file), "words": "Disposed of"}
        refused = ramesh.post(url, told)
        assert refused.status_code == 409
        assert len(refused.context["blockers"]) == 1
        Note.objects.update(status="discarded")
        assert ramesh.post(url, told).status_code == 302
        assert Item.objects.get(pk=file.pk).status == "closed"
        opened = ramesh.post(self.url(branch.officer, file, "reopen"), {"words": "New report"})
        assert opened.status_code == 302
        assert Item.objects.get(pk=file.pk).status == "open"

    @pytest.mark.parametrize("name", ["link", "attach", "merge"])
    def test_bound_and_unbound(self, seema: Client, branch: Branch, file: File, name: str) -> None:
        other = filed(branch)
        told = {"stay": stay(file), "other": other.item.number}
        assert seema.post(self.url(branch.assistant, file, name), told).status_code == 302
        shown = seema.get(page("file", branch.assistant, other.pk)).content.decode()
        assert file.item.number in shown
        undo = {"stay": stay(other), "other": file.item.number}
        act = "unlink" if name == "link" else "take-out"
        assert seema.post(self.url(branch.assistant, other, act), undo).status_code == 302

    def test_a_file_one_may_not_see_cannot_be_linked(
        self, seema: Client, branch: Branch, file: File
    ) -> None:
        hidden = filed(make_branch("LND", "HOM"))
        told = {"stay": stay(file), "other": hidden.item.number}
        answer = seema.post(self.url(branch.assistant, file, "link"), told)
        assert answer.status_code == 422
        assert answer.context["form"].errors == {"other": ["There is no such file."]}

    @pytest.mark.parametrize("name", ["part", "volume"])
    def test_divided_once_for_a_form(
        self, seema: Client, branch: Branch, file: File, name: str
    ) -> None:
        told = {"stay": stay(file), "key": "a-key-of-this-very-form"}
        for _ in range(2):
            assert seema.post(self.url(branch.assistant, file, name), told).status_code == 302
        assert File.objects.filter(of=file, kind=name).count() == 1

    def test_every_dialog_opens(self, seema: Client, branch: Branch, file: File) -> None:
        shown = seema.get(page("file", branch.assistant, file.pk))
        for act in shown.context["acts"]:
            assert seema.get(self.url(branch.assistant, file, act.name)).status_code == 200
        assert seema.get(self.url(branch.assistant, file, "reopen")).status_code == 409
        assert seema.get(self.url(branch.assistant, file, "burn")).status_code == 404


def test_a_receipt_stands_on_the_right(seema: Client, branch: Branch, file: File) -> None:
    from eoffice.services import filing

    receipt = diarised(branch)
    filing.put_in(receipt=receipt, file=file, desk=branch.assistant, by=branch.seema)
    shown = seema.get(page("file", branch.assistant, file.pk)).content.decode()
    assert receipt.item.number in shown


def _day(days: int) -> str:
    from tests.desks import days_from_now

    return str(days_from_now(days))


def _long_ago() -> Any:
    from esachivalaya.common import clock

    return clock.now() - timedelta(days=1)
