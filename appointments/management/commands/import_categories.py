from appointments.imports import CATEGORIES, DATA
from esachivalaya.common.import_command import ImportCommand


class Command(ImportCommand):
    """Loads the categories that requests are sorted by, or those of another file."""

    help = "Loads categories of requests from a CSV file: all of them or none."
    layout = CATEGORIES
    default_file = DATA / "categories.csv"
