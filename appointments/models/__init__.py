"""Appointments: requests, the slots they hold, and the answers they get."""

from appointments.models.diary import DiaryDay, Hold
from appointments.models.papers import Attachment, Draft
from appointments.models.promise import Breach, LadderStep
from appointments.models.requests import Category, Companion, Offer, Request

__all__ = [
    "Attachment",
    "Breach",
    "Category",
    "Companion",
    "DiaryDay",
    "Draft",
    "Hold",
    "LadderStep",
    "Offer",
    "Request",
]
