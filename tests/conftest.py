"""What tests share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder with data to measure against, named by SPACE_POLICY_TEST_DATA."""
    folder = os.environ.get("SPACE_POLICY_TEST_DATA")
    if not folder:
        pytest.skip("SPACE_POLICY_TEST_DATA is not set")
    return Path(folder)
