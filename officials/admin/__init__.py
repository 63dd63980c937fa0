"""Setting up offices and keeping their diaries, in the admin."""

from officials.admin.charges import ChargeAdmin
from officials.admin.diary import HolidayAdmin, HoursAdmin, HoursExceptionAdmin, LeaveAdmin
from officials.admin.organisation import (
    CatalogueAdmin,
    DepartmentAdmin,
    DistrictAdmin,
    SectionAdmin,
)
from officials.admin.posts import PostAdmin

__all__ = [
    "CatalogueAdmin",
    "ChargeAdmin",
    "DepartmentAdmin",
    "DistrictAdmin",
    "HolidayAdmin",
    "HoursAdmin",
    "HoursExceptionAdmin",
    "LeaveAdmin",
    "PostAdmin",
    "SectionAdmin",
]
