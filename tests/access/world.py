"""One world for the access matrix: who comes, what is theirs, and what is somebody else's.

``mine`` is what the people named first work with: Asha's household, the office of DC Rewari, the
Kendra REW-0001, the section EST, the bank GGM. ``others`` is the same kind of thing elsewhere.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client

from eoffice.models import SavedView
from eoffice.services import asking, charge_reports, dispatching, issuing
from eoffice.services.asking import Wanted
from esachivalaya.accounts.models import Household, User
from esachivalaya.common import clock
from kendras.models import Kendra, KendraNotice
from kendras.services import tokens
from plasma.models import BankCharge, BankClosure
from plasma.services import links, needs
from tests import counters, desks, donors, drafting, draws, people
from tests.at_a_kendra import booked, request_of
from tests.booking import sent, slots
from tests.kendras.meetings import moved_to
from tests.meetings import begun
from tests.papers import attach
from tests.people import Cast

YESTERDAY = timedelta(days=1)


@dataclass
class World:
    """Clients by role, and the places of addresses: ``mine[place]`` and ``others[place]``."""

    cast: Cast
    mine: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    users: dict[str, User | Household | None] = field(default_factory=dict)

    def client(self, role: str) -> Client:
        """Somebody of that role, signed in as after the sign-in pages."""
        client, who = Client(), self.users[role]
        client.cookies["language"] = "en"
        if isinstance(who, Household):
            people.sign_in_household(client, who)
        elif who is not None and role == "password_only":
            client.force_login(who, backend=people.STAFF_BACKEND)
        elif who is not None:
            people.sign_in_staff(client, who)
        return client


def make_world() -> World:
    """Make the whole world."""
    world = World(cast=people.make_cast())
    people.open_hours(world.cast.division)
    _citizens(world)
    _offices(world)
    _kendras(world)
    _sections(world)
    _banks(world)
    _duties(world)
    return world


def _citizens(world: World) -> None:
    cast = world.cast
    stranger = people.make_citizen(people.make_household(), "Savitri Rani")
    gone = people.make_citizen(cast.household, "Mohan Lal")
    gone.left_at = clock.now()
    gone.save(update_fields=["left_at"])
    world.users |= {
        "anonymous": None,
        "citizen": cast.household,
        "other_citizen": stranger.household,
    }
    world.mine |= {"citizen": cast.asha.pk}
    world.others |= {"citizen": stranger.pk, "left": gone.pk}
    request = begun(cast)
    private = sent(cast.rewari, cast.ramesh, slots(cast.rewari, 2)[1], private=True)
    elsewhere = sent(cast.division, stranger, slots(cast.division, 1)[0])
    for row in (request, elsewhere):
        attach(row)
    world.mine |= {"request": request.reference, "paper": 1, "post": cast.rewari.code}
    world.others |= {"request": elsewhere.reference, "private": private.reference, "paper": 7}
    draw = draws.announced(cast, post=cast.division, by=cast.kavita)
    wish, other_wish = draws.wished(draw, cast.asha), draws.wished(draw)
    world.mine |= {"draw": draw.pk, "wish": wish.code}
    world.others |= {"wish": other_wish.code}


def _offices(world: World) -> None:
    cast = world.cast
    past = people.make_staff("past.holder")
    people.give_charge(past, cast.rewari, "link_officer", ends_at=clock.now() - YESTERDAY)
    world.users |= {
        "private_secretary": cast.suresh,
        "holder": cast.meera,
        "link_officer": cast.anil,
        "other_holder": cast.kavita,
        "past_holder": past,
        "password_only": people.make_staff("half", roles=("setup", "appointing", "auditor")),
        "idle_staff": people.make_staff("idle"),
    }
    people.give_charge(world.users["password_only"], cast.rewari, "staff")  # type: ignore[arg-type]


def _kendras(world: World) -> None:
    cast = world.cast
    kendra, other = counters.make_kendra(), counters.make_kendra("GGM-0001", district="GGM")
    pooja = counters.serve_at(kendra, people.make_staff("pooja"))
    vikas = counters.serve_at(other, people.make_staff("vikas"))
    past = people.make_staff("past.operator")
    counters.serve_at(kendra, past, ends_at=clock.now() - YESTERDAY)
    world.users |= {
        "operator": pooja,
        "other_operator": vikas,
        "past_operator": past,
        "supervisor": counters.oversee(kendra.district, people.make_staff("sunita")),
    }
    for place, row, by in ((world.mine, kendra, pooja), (world.others, other, vikas)):
        done = booked(row, by, cast.rewari)
        # Its meeting is today's, at whatever hour the walk begins.
        moved_to(request_of(done), clock.now())
        place |= {
            "kendra": row.code,
            "district": row.district.code,
            "booking": done.reference,
            "notice": _notice(row, cast).pk,
        }
        place["token"] = tokens.issue(kendra=row, by=by).number
    # The other Kendra has a number that ours has not.
    world.others["token"] = tokens.issue(kendra=other, by=vikas).number


def _notice(kendra: Kendra, cast: Cast) -> KendraNotice:
    return KendraNotice.objects.create(
        kendra=kendra,
        kind="running_late",
        day=clock.day_of(clock.now()),
        post=cast.rewari,
        minutes=20,
    )


def _sections(world: World) -> None:
    mine, others = desks.make_branch(), desks.make_branch("FIN", "HOM")
    past = people.make_staff("past.clerk")
    people.give_charge(past, mine.assistant.post, "staff", ends_at=clock.now() - YESTERDAY)
    registry = desks.make_desk(
        "REV-REG", mine.section, desks.Rank.ASSISTANT, people.make_staff("registry"), registry=True
    )
    world.users |= {
        "clerk": mine.seema,
        "section_officer": mine.ramesh,
        "other_clerk": others.seema,
        "past_clerk": past,
        "registry": registry.post.charges.get().user,
    }
    _papers_of(world.mine, mine, others)
    _papers_of(world.others, others, mine)


def _papers_of(place: dict[str, Any], branch: desks.Branch, asked: desks.Branch) -> None:
    file = desks.filed(branch)
    receipt = desks.diarised(branch)
    draft = drafting.drafted(branch)
    letter = issuing.issue(
        draft=(ready := drafting.approved(branch)),
        desk=branch.officer,
        by=branch.ramesh,
        version=ready.version,
        unsigned=True,
    )
    given = {"file": file, "desk": branch.assistant, "by": branch.seema}
    wanted = Wanted(words="Is this within the Act?", until=desks.days_from_now(7))
    question = asking.ask(**given, to=[asked.officer], wanted=wanted)[0]
    dispatch = dispatching.send(
        issue=letter,
        addressee=letter.draft.addressees.get(),
        desk=branch.officer,
        by=branch.ramesh,
        mode="post",
        unsigned=True,
    )
    view = SavedView.objects.create(by=branch.seema, name="Mine", box="inbox", query="")
    report = charge_reports.hand_over(desk=branch.assistant, by=branch.seema, to=None)
    place |= {
        "desk": branch.assistant.post.code,
        "file": file.pk,
        "drafted": draft.file_id,
        "draft": draft.ordinal,
        "receipt": receipt.pk,
        "question": question.pk,
        "number": question.pk,
        "dispatch": dispatch.pk,
        "view": view.pk,
        "report": report.pk,
    }


def _banks(world: World) -> None:
    officer = people.make_staff("priya", roles=("campaigns",))
    world.users["campaign_officer"] = officer
    campaign = donors.make_campaign(donors.make_cohort(), by=officer, status="running")
    world.mine["campaign"] = campaign.pk
    for place, code, prefix in ((world.mine, "GGM", ""), (world.others, "PKL", "other_")):
        bank = donors.make_bank(code)
        desk = donors.serve_bank(bank, people.make_staff(f"desk.{code}"))
        world.users[f"{prefix}bank_desk"] = desk
        donor = donors.make_donor(f"Donor of {code}", cohort=campaign.cohort)
        invitation = donors.make_invitation(campaign, donor)
        starts = clock.now() + timedelta(hours=1)
        pledge = donors.make_pledge(
            donor, bank, starts_at=starts, ends_at=starts + timedelta(minutes=90), status="booked"
        )
        closure = BankClosure.objects.create(
            bank=bank,
            starts_at=starts + timedelta(days=2),
            ends_at=starts + timedelta(days=2, hours=1),
            words="Repair",
            made_by=desk,
            made_at=clock.now(),
        )
        hospital = donors.make_hospital(f"CH-{code}", district=code)
        registrar = donors.ask_for(hospital, people.make_staff(f"registrar.{code}"))
        world.users[f"{prefix}hospital"] = registrar
        need = needs.ask(
            hospital=hospital,
            by=registrar,
            group="O",
            units=2,
            needed_by=clock.now() + timedelta(days=3),
        )
        place |= {
            "bank": code,
            "visit": pledge.pk,
            "closing": closure.pk,
            "link": links.token_of(invitation.pk),
            "hospital": hospital.code,
            "need": need.reference,
        }
    doctor = people.make_staff("doctor")
    kind = BankCharge.Kind.MEDICAL_OFFICER
    bank = BankCharge.objects.get(user=world.users["bank_desk"]).bank  # type: ignore[misc]
    world.users["medical_officer"] = donors.serve_bank(bank, doctor, kind)


def _duties(world: World) -> None:
    world.users |= {
        "setup": world.cast.nasreen,
        "appointing": world.cast.gurpreet,
        "superuser": people.make_superuser(),
    }
    for name in ("auditor", "messages", "reports", "help_desk"):
        world.users[name] = people.make_staff(f"of.{name}", roles=(name,))
