"""What the CSV files of Kendras and of their operators hold."""

from kendras.imports.operators import OPERATOR_COLUMNS, load_operators
from kendras.imports.places import KENDRA_COLUMNS, load_kendras

__all__ = ["KENDRA_COLUMNS", "OPERATOR_COLUMNS", "load_kendras", "load_operators"]
