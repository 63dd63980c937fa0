from esachivalaya.common.import_command import ImportCommand
from officials.imports import DATA, DISTRICTS


class Command(ImportCommand):
    """Loads the State's districts, or those of another file."""

    help = "Loads districts from a CSV file: all of them or none."
    layout = DISTRICTS
    default_file = DATA / "districts.csv"
