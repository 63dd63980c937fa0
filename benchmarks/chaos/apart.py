"""Services and a database of this run alone, since it kills them."""

from benchmarks.messages.apart import fresh

__all__ = ["fresh"]
