"""What the fuzz tests share."""

import importlib.util
import sys
from pathlib import Path

# The tests are no package, so their helpers are loaded by path.
SPEC = importlib.util.spec_from_file_location("fuzzing", Path(__file__).with_name("fuzzing.py"))
assert SPEC
assert SPEC.loader
fuzzing = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = fuzzing
SPEC.loader.exec_module(fuzzing)
