"""Setting up Kendras, giving charges there, and auditing consents, in the admin."""

from kendras.admin.charges import KendraChargeAdmin
from kendras.admin.consents import ConsentAdmin
from kendras.admin.places import DeskAdmin, KendraAdmin

__all__ = ["ConsentAdmin", "DeskAdmin", "KendraAdmin", "KendraChargeAdmin"]
