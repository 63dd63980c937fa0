"""The public pages of draws and a household's way through one."""

import csv
import hashlib
import io
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments.diary import slot_value
from appointments.models import Draft, Draw, DrawWish, Request
from appointments.services import drawing, draws
from esachivalaya.common import clock
from esachivalaya.common.idempotency import new_key
from officials.models import Hours
from tests.appointments.citizens import ABOUT, fill_before_sign_in, later_span, send, url
from tests.draws import announced, closed, due, open_day, wished
from tests.people import Cast, make_household, sign_in_household, sign_in_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def asha(english: Client, cast: Cast) -> Client:
    return sign_in_household(english, cast.household)


@pytest.fixture
def draw(cast: Cast) -> Draw:
    return announced(cast)


def page(client: Client, name: str, *args: Any, **query: str) -> str:
    response = client.get(reverse(f"appointments:{name}", args=args), query)
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def codes(client: Client, draw: Draw) -> str:
    response = client.get(reverse("appointments:draw-codes", args=[draw.pk]))
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]


def take_part(client: Client, cast: Cast, draw: Draw, **time: Any) -> Any:
    """Go through the steps; return the answer to the last one."""
    first = client.post(reverse("appointments:draw-take-part", args=[draw.pk]), time)
    assert first.status_code == 302, first.content.decode()
    code = draw.post.code
    client.post(url(code, "about"), {**ABOUT, "category": cast.category.pk})
    client.post(url(code, "meeting"), {"language": "hi"})
    client.post(url(code, "papers"), {})
    client.post(url(code, "person"), {"citizen": cast.asha.pk, "key": new_key()})
    return send(client, draw.post)


class TestTakingPart:
    def test_the_office_and_its_times_lead_to_the_draw(self, english: Client, draw: Draw) -> None:
        way = reverse("appointments:draw-take-part", args=[draw.pk])
        assert way in english.get(reverse("officials:post", args=["DC-REW"])).content.decode()
        assert way in page(english, "new", "DC-REW")

    def test_a_wish_is_made_and_acknowledged(self, asha: Client, cast: Cast, draw: Draw) -> None:
        response = take_part(asha, cast, draw, unsuitable_parts=["evening"])
        wish = DrawWish.objects.get()
        assert response.status_code == 303
        assert response["Location"] == reverse("appointments:draw-wish", args=[wish.code])
        shown = page(asha, "draw-wish", wish.code)
        assert "Your wish is in the draw" in shown
        assert wish.spoken in shown
        assert "PIN, if you are drawn" in shown
        assert wish.draft is not None
        assert wish.draft.data["time"]["unsuitable_parts"] == ["evening"]
        assert not Request.objects.exists()
        assert wish.spoken in page(asha, "list")

    def test_the_second_press_leads_to_the_same_page(
        self, asha: Client, cast: Cast, draw: Draw
    ) -> None:
        key = new_key()
        asha.post(reverse("appointments:draw-take-part", args=[draw.pk]), {})
        fill_before = [
            ("about", {**ABOUT, "category": cast.category.pk}),
            ("meeting", {"language": "hi"}),
            ("papers", {}),
            ("person", {"citizen": cast.asha.pk, "key": new_key()}),
        ]
        for step, data in fill_before:
            asha.post(url("DC-REW", step), data)
        assert "Take part in the draw" in page(asha, "new-step", "DC-REW", "check")
        first, second = send(asha, draw.post, key), send(asha, draw.post, key)
        assert (first.status_code, second.status_code) == (303, 303)
        assert first["Location"] == second["Location"]
        assert DrawWish.objects.count() == 1

    def test_privacy_is_not_offered_in_a_draw(self, asha: Client, cast: Cast, draw: Draw) -> None:
        asha.post(reverse("appointments:draw-take-part", args=[draw.pk]), {})
        asha.post(url("DC-REW", "about"), {**ABOUT, "category": cast.category.pk})
        assert 'name="private"' not in page(asha, "new-step", "DC-REW", "meeting")
        asha.post(url("DC-REW", "meeting"), {"language": "hi", "private": "on"})
        assert Draft.objects.get().data["meeting"]["private"] is False

    def test_a_private_wish_typed_before_is_refused_in_words(
        self, asha: Client, cast: Cast, draw: Draw
    ) -> None:
        fill_before_sign_in(asha, cast.rewari, "any")
        asha.post(url("DC-REW", "meeting"), {"language": "hi", "private": "on"})
        asha.post(url("DC-REW", "person"), {"citizen": cast.asha.pk, "key": new_key()})
        asha.post(reverse("appointments:draw-take-part", args=[draw.pk]), {})
        response = send(asha, cast.rewari)
        assert response.status_code == 422
        assert "cannot be private" in response.content.decode()

    def test_choosing_a_time_leaves_the_draw(self, asha: Client, cast: Cast, draw: Draw) -> None:
        asha.post(reverse("appointments:draw-take-part", args=[draw.pk]), {})
        back = asha.get(url("DC-REW", "time"))
        assert back["Location"] == reverse("appointments:draw-take-part", args=[draw.pk])
        fill_before_sign_in(asha, cast.rewari, slot_value(later_span(cast.rewari, days=1)))
        assert "draw" not in Draft.objects.get().data["time"]

    def test_somebody_must_be_able_to_come(self, english: Client, cast: Cast) -> None:
        draw = announced(cast, last_day=open_day() + timedelta(days=1))
        way = reverse("appointments:draw-take-part", args=[draw.pk])
        assert english.get(way).content.decode().count('name="unsuitable_weekdays"') == 2
        days = [draw.first_day.weekday(), draw.last_day.weekday()]
        response = english.post(way, {"unsuitable_weekdays": days})
        assert response.status_code == 422
        assert "Leave at least one of the days of the draw" in response.content.decode()

    def test_outside_the_window_it_leads_to_the_draw(self, english: Client, draw: Draw) -> None:
        closed(draw)
        way = reverse("appointments:draw-take-part", args=[draw.pk])
        assert way not in english.get(reverse("officials:post", args=["DC-REW"])).content.decode()
        response = english.get(way)
        assert response["Location"] == reverse("appointments:draw", args=[draw.pk])

    def test_it_is_taken_back_with_one_more_press(
        self, asha: Client, cast: Cast, draw: Draw
    ) -> None:
        wish = wished(draw, cast.asha)
        way = reverse("appointments:draw-take-back", args=[wish.code])
        assert "Take this wish out of the draw?" in page(asha, "draw-take-back", wish.code)
        wish.refresh_from_db()
        assert wish.status == "waiting"
        for _press in range(2):
            assert asha.post(way, {"key": new_key()}).status_code == 302
        wish.refresh_from_db()
        assert wish.status == "withdrawn"
        assert "You took this wish back" in page(asha, "draw-wish", wish.code)

    def test_a_wish_is_nobody_elses(self, asha: Client, cast: Cast, draw: Draw) -> None:
        wish = wished(draw, cast.asha)
        stranger = sign_in_household(Client(), make_household())
        for name in ("draw-wish", "draw-take-back"):
            way = reverse(f"appointments:{name}", args=[wish.code])
            assert stranger.get(way).status_code == 404
            assert Client().get(way).status_code == 302
            assert sign_in_staff(Client(), cast.meera).get(way).status_code == 403
        assert asha.post(reverse("appointments:draw-wish", args=[wish.code])).status_code == 405

    def test_its_page_tells_how_it_ended(self, asha: Client, cast: Cast, draw: Draw) -> None:
        wish = wished(draw, cast.asha)
        due(draw)
        drawing.draw_due()
        wish.refresh_from_db()
        assert wish.request is not None
        shown = page(asha, "draw-wish", wish.code)
        assert reverse("appointments:detail", args=[wish.request.reference]) in shown
        assert "Drawn: the meeting is fixed" in page(asha, "detail", wish.request.reference)


class TestThePublicPage:
    def test_before_the_draw_only_the_digest_is_told(self, english: Client, draw: Draw) -> None:
        wish = wished(draw)
        shown = page(english, "draw", draw.pk, code=wish.code)
        assert draw.seed_digest in shown
        assert draw.seed not in shown
        assert wish.spoken not in shown
        assert "under 5" in shown
        assert english.get(reverse("appointments:draw-codes", args=[draw.pk])).status_code == 404

    def test_between_close_and_draw_the_codes_stand_and_the_seed_does_not(
        self, english: Client, draw: Draw
    ) -> None:
        wishes = [wished(draw) for _ in range(5)]
        closed(draw)
        shown = page(english, "draw", draw.pk, code=wishes[0].code.lower())
        assert all(wish.spoken in shown for wish in wishes)
        assert "This code stands in the list" in shown
        assert draw.seed not in shown
        assert codes(english, draw).split() == ["code", *sorted(wish.code for wish in wishes)]

    def test_anyone_can_recompute_the_ranks_from_the_csv_alone(
        self, english: Client, cast: Cast, draw: Draw
    ) -> None:
        wished(draw, cast.asha)
        for _ in range(13):
            wished(draw)
        due(draw)
        drawing.draw_due()
        shown = page(english, "draw", draw.pk)
        # The seed as the page tells it, held against the digest of the announcement.
        seed = shown.split("printf %s '")[1].split("'")[0]
        assert hashlib.sha256(seed.encode()).hexdigest() == draw.seed_digest
        rows = list(csv.DictReader(io.StringIO(codes(english, draw))))
        assert len(rows) == 14
        digests = {
            row["code"]: hashlib.sha256(f"{seed}:{row['code']}".encode()).hexdigest()
            for row in rows
        }
        ranks = {code: n for n, code in enumerate(sorted(digests, key=digests.__getitem__), 1)}
        assert {row["code"]: int(row["rank"]) for row in rows} == ranks
        assert {row["code"]: row["sha256"] for row in rows} == digests
        assert [row["result"] for row in rows] == ["won"] * 12 + ["no_time"] * 2

    def test_the_commands_on_the_page_do_what_they_say(
        self, english: Client, draw: Draw, tmp_path: Path
    ) -> None:
        wishes = [wished(draw) for _ in range(5)]
        due(draw)
        drawing.draw_due()
        (tmp_path / f"draw-{draw.pk}.csv").write_text(codes(english, draw))
        shown = page(english, "draw", draw.pk, code=wishes[2].code)
        commands = [
            part.split("</code>")[0].replace("&quot;", '"').replace("&#x27;", "'")
            for part in shown.split('<code class="text-break">')
            if "sha256sum" in part.split("</code>")[0]
        ]

        def run(command: str) -> str:
            done = subprocess.run(
                ["sh", "-c", command], cwd=tmp_path, check=True, capture_output=True, text=True
            )
            return done.stdout

        own, digest, order = commands
        assert run(own).split()[0] == drawing.rank_key(draw.seed, wishes[2].code)
        assert drawing.rank_key(draw.seed, wishes[2].code) in shown
        assert run(digest).split()[0] == draw.seed_digest
        ranked = DrawWish.objects.order_by("rank").values_list("code", flat=True)
        assert [line.split()[2] for line in run(order).splitlines()] == list(ranked)

    def test_nothing_personal_stands_there(self, english: Client, cast: Cast, draw: Draw) -> None:
        wish = wished(draw, cast.asha)
        due(draw)
        drawing.draw_due()
        wish.refresh_from_db()
        assert wish.request is not None
        told = page(english, "draw", draw.pk, code=wish.code) + codes(english, draw)
        for secret in ("Asha", wish.request.reference, "+9198", "pension"):
            assert secret not in told

    def test_an_unknown_code_is_told_so(self, english: Client, draw: Draw) -> None:
        wished(draw)
        due(draw)
        drawing.draw_due()
        for typed in ("DR 2222 2222", "nonsense", "é" * 30):
            assert "is not in this draw" in page(english, "draw", draw.pk, code=typed)

    def test_a_wish_taken_back_is_not_in_it(self, english: Client, draw: Draw) -> None:
        wish = wished(draw)
        DrawWish.objects.filter(pk=wish.pk).update(status="withdrawn")
        due(draw)
        drawing.draw_due()
        assert "is not in this draw" in page(english, "draw", draw.pk, code=wish.code)
        assert codes(english, draw) == "rank,code,sha256,result\n"

    def test_a_cancelled_draw_says_why(self, english: Client, cast: Cast, draw: Draw) -> None:
        draws.cancel(draw=draw, by=cast.meera, words="The programme has changed.")
        assert "The programme has changed." in page(english, "draw", draw.pk)
        assert "Cancelled" in page(english, "draws")
        closed(draw)
        assert english.get(reverse("appointments:draw-codes", args=[draw.pk])).status_code == 404

    def test_there_is_a_list_even_without_a_draw(self, english: Client, db: None) -> None:
        assert "No draw yet" in page(english, "draws")
        assert english.post(reverse("appointments:draws")).status_code == 405
        assert english.get(reverse("appointments:draw", args=[999])).status_code == 404

    @pytest.mark.parametrize("count", [1, 12])
    def test_the_page_takes_the_same_queries_for_many_codes(
        self, english: Client, draw: Draw, count: int, django_assert_max_num_queries: Any
    ) -> None:
        wishes = [wished(draw) for _ in range(count)]
        due(draw)
        drawing.draw_due()
        with django_assert_max_num_queries(6):
            page(english, "draw", draw.pk, code=wishes[0].code)


class TestTheOffice:
    def announce(self, office: Client, **fields: Any) -> Any:
        way = reverse("admin:appointments_draw_announce", args=["DC-REW"])
        first = office.get(way).context["form"]
        data = {
            name: first[name].value().strftime("%Y-%m-%dT%H:%M")
            for name in ("opens_at", "closes_at")
        }
        data |= {name: str(first[name].value()) for name in ("first_day", "last_day")}
        return office.post(way, {"key": new_key(), **data, **fields})

    def test_days_without_free_time_are_refused_before_they_can_be_announced(
        self, office: Client, cast: Cast
    ) -> None:
        sunday = open_day(7)
        sunday += timedelta(days=6 - sunday.weekday())
        response = self.announce(office, first_day=sunday, last_day=sunday)
        assert response.status_code == 422
        assert "there is nothing to draw" in response.content.decode()

    def test_the_form_proposes_a_day_on_which_the_office_meets_people(
        self, office: Client, cast: Cast
    ) -> None:
        Hours.objects.exclude(weekday=2).delete()
        shown = office.get(reverse("admin:appointments_draw_announce", args=["DC-REW"]))
        assert shown.context["form"]["first_day"].value().weekday() == 2

    def test_it_sees_what_stands_there_and_then_announces(self, office: Client, cast: Cast) -> None:
        day = str(open_day(7))
        shown = self.announce(office, first_day=day, last_day=day)
        assert "12 meetings can be drawn." in shown.content.decode()
        assert "Nothing is booked on these days." in shown.content.decode()
        assert not Draw.objects.exists()
        done = self.announce(office, first_day=day, last_day=day, seen=f"{day}/{day}")
        assert done.status_code == 302
        draw = Draw.objects.get()
        assert (draw.made_by, str(draw.first_day)) == (cast.suresh, day)
        listed = office.get(reverse("admin:appointments_draw_changelist"))
        assert reverse("admin:appointments_draw_change", args=[draw.pk]) in listed.content.decode()

    def test_what_does_not_fit_stands_beside_its_field(self, office: Client, draw: Draw) -> None:
        days = {"first_day": str(draw.first_day), "last_day": str(draw.first_day)}
        closes_at = draw.closes_at.astimezone(clock.IST).strftime("%Y-%m-%dT%H:%M")
        response = self.announce(office, **days, closes_at=closes_at)
        assert response.status_code == 422
        assert "the days overlap" in response.content.decode()

    def test_it_calls_the_draw_off_with_words(self, office: Client, draw: Draw) -> None:
        way = reverse("admin:appointments_draw_change", args=[draw.pk])
        assert office.post(way, {"key": new_key(), "words": ""}).status_code == 422
        words = {"key": new_key(), "words": "The programme of the office has changed."}
        assert office.post(way, words).status_code == 302
        draw.refresh_from_db()
        assert draw.status == Draw.Status.CANCELLED
        assert "The programme of the office" in office.get(way).content.decode()
        again = {"key": new_key(), "words": "The programme of the office has changed."}
        assert office.post(way, again).status_code == 422

    def test_strangers_find_nothing(self, cast: Cast, draw: Draw) -> None:
        other = sign_in_staff(Client(), cast.kavita)
        for name, arg in (
            ("appointments_draw_change", draw.pk),
            ("appointments_draw_announce", "DC-REW"),
        ):
            assert other.get(reverse(f"admin:{name}", args=[arg])).status_code == 404
        setup = sign_in_staff(Client(), cast.nasreen)
        assert setup.get(reverse("admin:appointments_draw_changelist")).status_code == 404

    def test_desk_and_diary_lead_there(self, office: Client, draw: Draw) -> None:
        way = reverse("admin:appointments_draw_changelist")
        assert way in office.get(reverse("admin:index")).content.decode()
        shown = office.get(
            reverse("admin:appointments_diary"), {"post": "DC-REW", "day": str(draw.first_day)}
        ).content.decode()
        assert "Given by a draw on" in shown
        assert reverse("admin:appointments_draw_announce", args=["DC-REW"]) in shown
