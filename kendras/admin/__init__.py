"""Setting up Kendras and giving charges there, in the admin."""

from kendras.admin.charges import KendraChargeAdmin
from kendras.admin.places import DeskAdmin, KendraAdmin

__all__ = ["DeskAdmin", "KendraAdmin", "KendraChargeAdmin"]
