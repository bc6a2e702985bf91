"""The page under load, as the command serves it, and how much memory it holds all along."""

import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

COMMAND = str(Path(sys.executable).parent / "space-policy")
READER, CURATOR = "reading horse", "correct horse"
SAMPLED = 0.5  # seconds between two looks at its memory
MEGABYTE = 1_000_000


def environment(home: Path, **more: str) -> dict[str, str]:
    """What its commands are run with."""
    kept = ("SPACE_POLICY_CACHE",)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SPACE_POLICY_") or name in kept}
    return {**ours, "SPACE_POLICY_HOME": str(home), "SPACE_POLICY_STARTER": "0", **more}


class Served:
    """`space-policy serve` with two passwords and no limit on questions: all readers come from one address."""

    def __init__(self, home: Path, **more: str) -> None:
        told = {"SPACE_POLICY_AUTH": CURATOR, "SPACE_POLICY_READER_AUTH": READER}
        self._process = subprocess.Popen(
            [COMMAND, "serve", "--port", "0"],
            env=environment(home, **told, SPACE_POLICY_QUESTIONS_PER_MINUTE="1000000", **more),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        found = re.search(r"http://\S+", self._process.stdout.readline())
        if not found:
            raise RuntimeError("the page did not start; its errors are above")
        self.address = found[0]
        self.memory: list[tuple[float, float]] = []  # seconds since it was ready, MB
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def _sample(self) -> None:
        started, file = time.monotonic(), Path(f"/proc/{self._process.pid}/status")
        while file.exists() and not self._ended.wait(SAMPLED):
            line = next((line for line in file.read_text().splitlines() if line.startswith("VmRSS")), None)
            if line:
                self.memory.append((time.monotonic() - started, int(line.split()[1]) * 1024 / MEGABYTE))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._sampler.join()
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=60)


def thirds(memory: list[tuple[float, float]]) -> list[float]:
    """The mean of each third of a run, MB."""
    size = max(1, len(memory) // 3)
    return [statistics.mean(one for _, one in memory[at * size : (at + 1) * size] or memory) for at in range(3)]


def slope(memory: list[tuple[float, float]]) -> float:
    """MB a minute, over the second half: the first has the pages and the models come in."""
    half = memory[len(memory) // 2 :]
    return 60 * statistics.linear_regression(*zip(*half, strict=True)).slope if len(half) > 1 else 0.0
