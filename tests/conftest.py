"""What tests share."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The tests are no package, so their helpers are loaded by path.
SPEC = importlib.util.spec_from_file_location("embedding_server", Path(__file__).with_name("embedding_server.py"))
assert SPEC
assert SPEC.loader
embedding_server = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = embedding_server  # dataclasses look their module up
SPEC.loader.exec_module(embedding_server)


@pytest.fixture
def embeddings() -> Iterator["embedding_server.EmbeddingServer"]:
    """An embedding service on the loopback with the models `one`, `two` and `wide`."""
    with embedding_server.EmbeddingServer() as running:
        yield running


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder with data to measure against, named by SPACE_POLICY_TEST_DATA."""
    folder = os.environ.get("SPACE_POLICY_TEST_DATA")
    if not folder:
        pytest.skip("SPACE_POLICY_TEST_DATA is not set")
    return Path(folder)
