"""Whole commands, from the shell's point of view: how long until they have done their work."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from measure import Failed, command, spread

PROGRAM = str(Path(sys.executable).with_name("space-policy"))
COMMANDS = {
    "--help": ["--help"],
    "ask": ["ask", "Who is liable for damage caused by a space object?"],
    "articles": ["articles", "--json"],
}
LONGEST = 120.0


def measure(home: str, times: int) -> dict[str, object]:
    """Milliseconds and memory of each command over a copy of a library, and of `serve` until its page answers.

    Nothing large is loaded here: what a process has held before it becomes the command counts as the command's.
    """
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="space-policy-") as folder:
        copy = shutil.copytree(home, Path(folder) / "home")
        environment = {**os.environ, "SPACE_POLICY_HOME": str(copy), "SPACE_POLICY_STARTER": "0"}
        for name, arguments in COMMANDS.items():
            runs = [command([PROGRAM, *arguments], environment) for _ in range(1 + times)][1:]
            found[name] = {**spread([run.seconds for run in runs]), "peak_mb": max(run.peak_mb for run in runs)}
        found["page"] = spread([_page(environment) for _ in range(1 + times)][1:])
    return {"commands": found}


def _page(environment: dict[str, str]) -> float:
    """Seconds until the page is there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.perf_counter()
    server = subprocess.Popen(
        [PROGRAM, "serve", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - started < LONGEST and server.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                    page.read()
                    return time.perf_counter() - started
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        raise Failed("serve: its page does not answer")
    finally:
        server.terminate()
        server.wait()
