"""`python tests/bench [--help]`: measures this program, and the stock pipeline beside it; see README.md."""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent.parent))
from against import against_stock
from measure import Failed, machine, part
from page import page
from table import table

PARTS = ("ingest", "start", "ask", "rebuild", "recall", "precision", "page")


def main() -> int:
    """Measures what is asked for; writes bench.json and bench.html, and prints the table."""
    options = _options().parse_args()
    sizes = [int(one) for one in options.passages.split(",")]
    wanted = options.parts.split(",")
    if unknown := sorted(set(wanted) - set(PARTS)):
        sys.stderr.write(f"No such part: {', '.join(unknown)}. There are: {', '.join(PARTS)}\n")
        return 2
    found: dict[str, object] = {"machine": machine(), "when": time.strftime("%Y-%m-%d %H:%M"), "command": sys.argv[1:]}
    for name, measured in _measured(wanted, sizes, options):
        found.setdefault(name, []).append(measured)
    if options.against == "stock":
        found["stock"] = against_stock(Path(options.stock), options.characters, sizes, options.questions)
    found["load_at_end"] = machine()["load"]
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "bench.json").write_text(json.dumps(found, indent=1) + "\n")
    (options.out / "bench.html").write_text(page(found))
    sys.stdout.write(f"{table(found)}\n\n{options.out / 'bench.json'}\n{options.out / 'bench.html'}\n")
    return 0


def _measured(wanted: list[str], sizes: list[int], options: argparse.Namespace):  # noqa: ANN202 - pairs of name, figures
    plan = [
        ("ingest", "ingesting", {"characters": options.characters}),
        ("ingest", "stages", {"characters": options.characters}),
        ("precision", "precision", {}),
        ("page", "paging", {"times": max(10, options.times)}),
    ]
    for size in sizes:
        for filtered in (False, True):
            for chroma in (False, True):
                given = {"passages": size, "asked": options.questions, "filtered": filtered, "chroma": chroma}
                plan.append(("ask", "asking", given))
        plan.append(("rebuild", "rebuilding", {"passages": size}))
        plan.append(("recall", "recall", {"passages": size, "asked": 2 * options.questions}))
    if "start" in wanted:
        size = min(10_000, max(sizes))
        home = part("growing", passages=size)["home"]
        yield "start", {"of": "starting", "passages": size, **part("starting", home=home, times=options.times)}
    for name, module, given in plan:
        if name in wanted:
            sys.stderr.write(f"{module} {given or ''}\n")
            started = time.perf_counter()
            try:
                measured = part(module, **given)
            except Failed as error:
                sys.stderr.write(f"  FAILED {error}\n")
                measured = {"failed": str(error)}
            yield name, {"of": module, **given, **measured, "took_seconds": time.perf_counter() - started}


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--passages", default="1000,10000", help="sizes of the libraries (default: 1000,10000)")
    parser.add_argument("--characters", type=int, default=300_000, help="of real documents to ingest (default: 300000)")
    parser.add_argument("--questions", type=int, default=40, help="asked at each size (default: 40)")
    parser.add_argument("--times", type=int, default=3, help="that each command is started (default: 3)")
    parser.add_argument(
        "--parts", default=",".join(PARTS), help=f"what is measured (default: all of {','.join(PARTS)})"
    )
    parser.add_argument("--against", choices=["stock"], help="measures the stock pipeline too")
    parser.add_argument("--stock", default="", help="the Python that has its packages")
    parser.add_argument("--out", type=Path, default=Path("artefacts/bench"), help="folder (default: artefacts/bench)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
