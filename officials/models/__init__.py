"""Offices: who may be met, who acts for them, and when their doors are open."""

from officials.models.charges import Charge
from officials.models.diary import Holiday, Hours, HoursException, Leave
from officials.models.organisation import Department, District, Section
from officials.models.posts import Post
from officials.models.services import Service

__all__ = [
    "Charge",
    "Department",
    "District",
    "Holiday",
    "Hours",
    "HoursException",
    "Leave",
    "Post",
    "Section",
    "Service",
]
