"""`python part.py NAME ARGUMENTS`: runs `measure` of the module NAME here, and prints what it returns as JSON."""

import importlib
import json
import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent.parent))
from measure import peak

if __name__ == "__main__":
    found = importlib.import_module(sys.argv[1]).measure(**json.loads(sys.argv[2]))
    print("\n" + json.dumps({**found, "peak_mb": peak()}))  # noqa: T201 - this is what it is for
