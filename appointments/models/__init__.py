"""Appointments: requests, the slots they hold, and the answers they get."""

from appointments.models.diary import DiaryDay, Hold
from appointments.models.links import ShortLink
from appointments.models.papers import Attachment, Draft
from appointments.models.promise import Breach, LadderStep
from appointments.models.requests import Category, Companion, Offer, Request
from appointments.models.telephone import CallBack, PhoneCall

__all__ = [
    "Attachment",
    "Breach",
    "CallBack",
    "Category",
    "Companion",
    "DiaryDay",
    "Draft",
    "Hold",
    "LadderStep",
    "Offer",
    "PhoneCall",
    "Request",
    "ShortLink",
]
