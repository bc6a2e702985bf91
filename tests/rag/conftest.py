"""What the tests of rag share."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The tests are no package, so their helpers are loaded by path.
SPEC = importlib.util.spec_from_file_location("model_server", Path(__file__).with_name("model_server.py"))
assert SPEC
assert SPEC.loader
model_server = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = model_server  # dataclasses look their module up
SPEC.loader.exec_module(model_server)


@pytest.fixture
def server() -> Iterator["model_server.ModelServer"]:
    """A chat model's server on the loopback; set its `behaviour`."""
    with model_server.ModelServer() as running:
        yield running
