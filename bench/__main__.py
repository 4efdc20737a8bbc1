"""What the desk's work costs, as multiples of a bare Django view in the same run.

    python -m bench [--quick]

Writes ``bench/results.json``: rows of name, value, unit, reference, ratio, goal, met; and prints
the same as a table. Each figure is a median against the reference of its own minutes; absolute
times do not hold from one machine to the next. Goals: P-01 to P-04, P-07, P-08 and P-11.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, dataclass

from bench.stack import Bench
from deploy.local.servers import ROOT

RESULTS = ROOT / "bench" / "results.json"
SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (10_000, 100_000)
DEEP, QUICK_DEEP = 5_000_000, 500_000
PROBLEM = 1
# Of which size a page's own multiple counts; search at the largest.
AT = 100_000


@dataclass(frozen=True)
class Row:
    """One figure: ``value`` in ``unit``, its ``ratio`` to ``reference``, the ``goal`` of that."""

    name: str
    value: float
    unit: str
    reference: float | None
    ratio: float
    goal: float
    met: bool

    @classmethod
    def of_page(cls, name: str, found: dict, goal: float) -> "Row":
        """Compare a page's seconds with the bare view's."""
        value, reference = found["seconds"] * 1000, found["reference"] * 1000
        ratio = value / reference
        return cls(
            name, round(value, 2), "ms", round(reference, 3), round(ratio, 1), goal, ratio <= goal
        )

    @classmethod
    def of_two(cls, name: str, found: dict, beside: dict, goal: float) -> "Row":
        """Compare a page's multiple of the bare view with that of another page, or size."""
        multiple, other = (each["seconds"] / each["reference"] for each in (found, beside))
        ratio = multiple / other
        return cls(
            name, round(multiple, 1), "x", round(other, 1), round(ratio, 2), goal, ratio <= goal
        )


def main() -> int:
    """Measure each size and print the table; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to 100,000 tickets")
    quick = parser.parse_args().quick
    bench = Bench()
    try:
        sizes = QUICK_SIZES if quick else SIZES
        by_size = {size: measure(bench, size, quick=quick) for size in sizes}
        deep = measure(bench, QUICK_DEEP if quick else DEEP, quick=quick, kind="deep")
    finally:
        bench.stop()
    found = rows_of(by_size, deep)
    RESULTS.write_text(json.dumps([asdict(row) for row in found], indent=1) + "\n")
    show(found)
    return 0 if all(row.met for row in found) else PROBLEM


def measure(bench: Bench, size: int, *, quick: bool, kind: str = "desk") -> dict:
    """Return what bench.desk found at one size."""
    database = bench.database(size, kind=kind)
    with bench.reference() as (reference, _process), bench.web(database) as (base_url, web):
        command = [sys.executable, "-m", "bench.desk", base_url, reference]
        command += ["--quick"] if quick else []
        command += ["--deep"] if kind == "deep" else []
        command += ["--memory", str(web.popen.pid)] if size == AT else []
        env = bench.environment_of(database) | bench.filling(database) | {"BASE_URL": base_url}
        print(f"Measuring {size:,} ({kind})", flush=True)
        said = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE)
    return json.loads(said.stdout.splitlines()[-1])


def rows_of(by_size: dict[int, dict], deep: dict) -> list[Row]:
    """Return the rows, in the order of the goals."""
    first, last = by_size[min(by_size)], by_size[max(by_size)]
    small, large = first["medians"], last["medians"]
    at, memory = by_size[AT]["medians"], by_size[AT]["memory"]
    biggest = f"{max(by_size):,}"
    found = [
        Row.of_page("P-01 queue at 100,000", at["queue"], 40),
        Row.of_two(f"P-01 queue at {biggest} beside 10,000", large["queue"], small["queue"], 1.2),
        *(
            Row.of_page(f"P-02 figures at {size:,}", each["medians"]["dashboard"], 80)
            for size, each in by_size.items()
        ),
        Row.of_page("P-03 ticket page at 100,000", at["ticket"], 50),
        Row.of_page("P-04 approval at 100,000", at["approve"], 35),
        Row.of_page("P-04 reply at 100,000", at["reply"], 35),
        Row.of_page(f"P-07 search for a rare word at {biggest}", large["search"], 45),
    ]
    grown = memory["at_the_end"] / memory["after_a_tenth"]
    asked = f"over {memory['requests']:,} requests"
    now = memory["at_the_end"]
    found.append(Row("P-08 memory of a web worker", now, "MB", None, now, 150, now <= 150))
    found.append(
        Row(
            f"P-08 its growth {asked}",
            now,
            "MB",
            memory["after_a_tenth"],
            round(grown, 3),
            1.05,
            grown <= 1.05,
        )
    )
    pages = deep["medians"]
    name = f"P-11 a page deep in {deep['size']:,} beside the first"
    return [*found, Row.of_two(name, pages["deep_page"], pages["first_page"], 1.2)]


def show(found: list[Row]) -> None:
    """Print the rows as a table."""
    print(f"\n{'':50}{'value':>10} {'':4}{'reference':>10}{'ratio':>9}{'goal':>8}")
    for row in found:
        reference = "" if row.reference is None else row.reference
        line = (
            f"{row.name:50}{row.value:>10} {row.unit:4}{reference:>10}{row.ratio:>9}{row.goal:>8}"
        )
        print(f"{line}  {'met' if row.met else 'MISSED'}")


if __name__ == "__main__":
    sys.exit(main())
