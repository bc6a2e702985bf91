"""How things are measured: warm, several times, each part in a process of its own; memory by the kernel's figure.

Standard library alone: the process that starts the others must not be large, and the stock pipeline has other packages.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MEGABYTE = 1_000_000


class Failed(Exception):
    """A part that could not be measured, with what it said."""


def spread(times: Sequence[float]) -> dict[str, float]:
    """Median, the middle half, and the 95th percentile of times, in milliseconds."""
    ordered = sorted(1000 * one for one in times)
    low, middle, high = statistics.quantiles(ordered, n=4) if len(ordered) > 1 else ordered * 3
    last = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return {"p50": middle, "p25": low, "p75": high, "p95": last, "times": len(ordered)}


def timed(action: Callable[[], object], times: int, warm: int = 1) -> list[float]:
    """Seconds that an action takes, after `warm` times that do not count."""
    taken = []
    for _ in range(warm + times):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return taken[warm:]


def peak() -> float:
    """The most memory that this process has held, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # unlike ru_maxrss, this does not begin with what the parent held
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / MEGABYTE
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE


def peak_of_children() -> float:
    """The most that the largest ended child has held, in megabytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / MEGABYTE


def part(name: str, python: str = sys.executable, **arguments: object) -> dict[str, Any]:
    """What `measure` of a module here returns, run in a process of its own, and that process's `peak_mb`."""
    command = [python, str(HERE / "part.py"), name, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=quiet())
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise Failed(f"{name} {arguments}: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return json.loads(lines[-1])


@dataclass(frozen=True, slots=True)
class Run:
    """A command that has ended."""

    seconds: float
    peak_mb: float


def command(arguments: Sequence[str], environment: Mapping[str, str]) -> Run:
    """Runs a command to its end. Raises Failed where it says that something went wrong."""
    started = time.perf_counter()
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as child:
        said = child.stderr.read() if child.stderr else b""
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if child.returncode:
        raise Failed(f"{' '.join(arguments)}: {said.decode()[-300:]}")
    return Run(seconds, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / MEGABYTE)


def quiet() -> dict[str, str]:
    """The environment, without progress bars and without a network that is asked for models."""
    return {**os.environ, "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1", "ANONYMIZED_TELEMETRY": "False"}


def machine() -> dict[str, object]:
    """What it was measured on. The load tells whether other work took part of the time."""
    model = Path("/proc/cpuinfo")
    lines = model.read_text().splitlines() if model.exists() else []
    return {
        "processor": next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), ""),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "load": round(os.getloadavg()[0], 2),
    }
