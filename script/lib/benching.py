"""All set-up that a benchmark needs, then the benchmark, on a database of its own."""

from lib import commands, places, prepare, services
from lib.plain import Plain

# A benchmark stops what it started before it ends; a machine under load may need a moment for it.
PATIENCE = 30
# These need packages that only tests need: a clock that is moved, queues that are simulated.
CHAOS = "chaos"
WITH_TOOLS = {CHAOS, "scale"}


def main(arguments: list[str]) -> int:
    known = names()
    if len(arguments) != 1 or arguments[0] not in known:
        raise Plain(f"Say which benchmark to run: script/bench {' | '.join(known)}")
    with services.running(dev=arguments[0] in WITH_TOOLS) as base:
        # As a State runs it: the demo's pages and helpers are off. A benchmark that breaks services
        # on its way starts its own, with this `lib`.
        env = {**base, "DEMO": "0", "PYTHONPATH": str(places.ROOT / "script")}
        prepare.translations(env)
        prepare.static_files(env)
        return commands.run(
            str(places.PYTHON), "-m", "benchmarks", arguments[0], env=env, patience=PATIENCE
        )


def names() -> list[str]:
    """The benchmarks there are: each is a folder of `benchmarks/`."""
    return sorted(file.parent.name for file in (places.ROOT / "benchmarks").glob("*/__init__.py"))
