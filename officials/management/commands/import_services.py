from esachivalaya.common.import_command import ImportCommand
from officials.imports import DATA, SERVICES


class Command(ImportCommand):
    """Loads 32 services and schemes of the State, or those of another file."""

    help = "Loads services and schemes from a CSV file: all of them or none."
    layout = SERVICES
    default_file = DATA / "services.csv"
