"""`make load`: many readers and one curator at a page of this computer; see README.md."""

import argparse
import sys
import tempfile
from pathlib import Path

from figures import lines
from run import Plan, run

sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "bench"))
WAYS = {"none": (False,), "stub": (True,), "both": (False, True)}


def main() -> int:
    """Runs what is asked for; 1 where anything was wrong, lost or an error."""
    options = _options().parse_args()
    faults = 0
    for model in WAYS[options.model]:
        plan = Plan(options.readers, options.seconds, options.articles, model)
        with tempfile.TemporaryDirectory(prefix="space-policy-load-") as folder:
            result = run(plan, Path(folder), _grown(options.passages))
        sys.stdout.write("\n".join(lines(plan, result)) + "\n")
        sys.stdout.flush()
        faults += len(result.faults)
    return 1 if faults else 0


def _grown(passages: int) -> Path | None:
    if not passages:
        return None
    from grown import grown

    from rag.settings import Settings

    return grown(Settings.from_env(), passages).home


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make load ARGS=...", description=__doc__)
    parser.add_argument("--readers", type=int, default=50, help="who ask one question after the other (default: 50)")
    parser.add_argument("--seconds", type=float, default=180, help="that a run takes (default: 180)")
    parser.add_argument("--articles", type=int, default=500, help="that are taken in meanwhile (default: 500)")
    parser.add_argument("--passages", type=int, default=10_000, help="in the library before (default: 10000)")
    parser.add_argument(
        "--model", choices=WAYS, default="both", help="without a chat model, with a stub of one, or both (default)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
