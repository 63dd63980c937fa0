"""What is done to offices: posting people, changing diaries, setting posts up."""

from officials.services.charges import ChargeOverlaps, ChargeRefused, appoint, relieve
from officials.services.diary import (
    DiaryRefused,
    notes_on,
    remove_from_diary,
    remove_holiday,
    save_holiday,
    save_in_diary,
)
from officials.services.overlaps import HoursOverlap, closes_nothing
from officials.services.setting_up import remove_section, save_post, save_set_up

__all__ = [
    "ChargeOverlaps",
    "ChargeRefused",
    "DiaryRefused",
    "HoursOverlap",
    "appoint",
    "closes_nothing",
    "notes_on",
    "relieve",
    "remove_from_diary",
    "remove_holiday",
    "remove_section",
    "save_holiday",
    "save_in_diary",
    "save_post",
    "save_set_up",
]
