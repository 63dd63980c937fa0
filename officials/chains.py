"""Posts report to posts, hand down to posts and are succeeded by posts: all ways must end."""

from officials.models import Post


def circles(field: str) -> list[list[str]]:
    """Return each circle that ``field`` (``reports_to``, say) runs in, as codes.

    A circle is written from its first code in the alphabet back to it: ``["A", "B", "A"]``.
    """
    steps = dict(
        Post.objects.filter(**{f"{field}__isnull": False}).values_list("code", f"{field}__code")
    )
    return circles_in(steps)


def circles_in(steps: dict[str, str]) -> list[list[str]]:
    """Return each circle in ``steps`` (each code to the next one), once."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in sorted(steps):
        way: list[str] = []
        here: str | None = start
        while here is not None and here not in done and here not in way:
            way.append(here)
            here = steps.get(here)
        if here is not None and here in way:
            ring = way[way.index(here) :]
            first = ring.index(min(ring))
            ring = ring[first:] + ring[:first]
            found.append([*ring, ring[0]])
        done.update(way)
    return found
