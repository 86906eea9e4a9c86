"""Measures the bars: `python -m bench` for all, `python -m bench ack cpu` for some."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path

from bench import ack, alone, cpu, fairness, latency, machine, memory, overload, recovery, worker
from bench.figures import HEAD, Figure, Plan
from bench.report import document

Measure = Callable[[Plan], Coroutine[None, None, list[Figure]]]
MEASURES: Mapping[str, Measure] = {
    "ack": ack.measure,
    "latency": latency.measure,
    "alone": alone.measure,
    "worker": worker.measure,
    "cpu": cpu.measure,
    "recovery": recovery.measure,
    "memory": memory.measure,
    "overload": overload.measure,
    "fairness": fairness.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run measures in turn; return 0 where every bar holds."""
    options = _options(arguments)
    # Ended by whoever started us, we end what we started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    machine.keep_off_the_first_core()
    plan = Plan(quick=options.quick)
    print(HEAD)
    figures: list[Figure] = []
    for name in options.measures or MEASURES:
        began = time.monotonic()
        for figure in asyncio.run(MEASURES[name](plan)):
            print(figure.row(), flush=True)
            figures.append(figure)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    if options.markdown:
        options.markdown.write_text(document(figures, plan), "utf-8")
    return 0 if all(figure.is_held for figure in figures) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = ", ".join(MEASURES)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"of {names}; none for all")
    parser.add_argument("--quick", action="store_true", help="one short run of each")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there")
    options = parser.parse_args(arguments)
    if unknown := set(options.measures) - set(MEASURES):
        parser.error(f"{', '.join(sorted(unknown))} is none of {names}.")
    return options


if __name__ == "__main__":
    sys.exit(main())
