"""Appointments: requests, the slots they hold, the answers they get, and what follows."""

from appointments.models.changes import Bump, EarlierTold, EarlierWish, FreedTime, RunningLate
from appointments.models.diary import DiaryDay, Hold
from appointments.models.fairness import Draw, DrawWish, Waiver
from appointments.models.links import ShortLink
from appointments.models.meeting_day import Action, AgendaFeed, Outcome, Rating
from appointments.models.papers import Attachment, Draft
from appointments.models.promise import Breach, LadderStep, PromiseDay, SettledDay
from appointments.models.requests import Category, Companion, Offer, Request
from appointments.models.telephone import CallBack, PhoneCall

__all__ = [
    "Action",
    "AgendaFeed",
    "Attachment",
    "Breach",
    "Bump",
    "CallBack",
    "Category",
    "Companion",
    "DiaryDay",
    "Draft",
    "Draw",
    "DrawWish",
    "EarlierTold",
    "EarlierWish",
    "FreedTime",
    "Hold",
    "LadderStep",
    "Offer",
    "Outcome",
    "PhoneCall",
    "PromiseDay",
    "Rating",
    "Request",
    "RunningLate",
    "SettledDay",
    "ShortLink",
    "Waiver",
]
