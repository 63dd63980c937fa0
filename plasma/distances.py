"""How far districts are from each other: the straight way between their district towns.

The places are the towns where each district has its headquarters (Narnaul for Mahendragarh), in
degrees to three places (``data/district_towns.csv``), which is about a hundred metres. Roads are
longer; what is wanted is an order, and it is the same for everybody who looks. A district that is
not in the list is farther than every other.
"""

import csv
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

FILE = Path(__file__).parent / "data" / "district_towns.csv"
EARTH_KM = 6371.0
UNKNOWN = 9999


@cache
def places() -> dict[str, tuple[float, float]]:
    """Return latitude and longitude by code of the district."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: (float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(file)
        }


def km_between(one: str, other: str) -> int:
    """Return the kilometres between two districts' towns; 0 within one district."""
    if one == other:
        return 0
    here, there = places().get(one), places().get(other)
    if here is None or there is None:
        return UNKNOWN
    north, south = radians(here[0]), radians(there[0])
    half = sin((south - north) / 2) ** 2
    half += cos(north) * cos(south) * sin(radians(there[1] - here[1]) / 2) ** 2
    return round(2 * EARTH_KM * asin(sqrt(half)))
