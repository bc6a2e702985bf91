"""Nothing phones home: every command is run with the network cut, where that can be done, and its sockets recorded."""

import ipaddress
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ui.commands import COMMANDS

# Read by every Python that starts with its folder on the path: what asks for a name or opens a connection.
RECORDER = """
import json, os, sys
SEEN = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto")
def record(event, given):
    if event in SEEN:
        line = json.dumps([event, [one if isinstance(one, (str, int)) else repr(one) if isinstance(one, bytes) else
            list(map(str, one)) if isinstance(one, tuple) else type(one).__name__ for one in given]])
        file = os.open(os.environ["RECORDED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, line.encode() + b"\\n")
        os.close(file)
sys.addaudithook(record)
"""
# Runs all commands in one network; prints how each ended, and how many packets found no way out.
DRIVER = """
import fcntl, json, os, re, signal, socket, struct, subprocess, sys, time, urllib.request
from pathlib import Path

command, folder, stub, cut = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4] == "cut"
if cut:  # a network of one's own begins with its loopback down
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))
ended = {}

def run(name, *arguments, **more):
    done = subprocess.run([command, *arguments], capture_output=True, text=True, **more)
    ended[name] = [done.returncode, done.stderr[-300:]]
    return done.stdout

run("ingest", "ingest", str(folder / "articles"))
name = json.loads(run("articles", "articles", "--json"))[0]["id"]
run("ask", "ask", "How many states does the Zanzibar accord bind?")
run("show", "articles", "show", name)
run("set", "articles", "set", name, "--outlet", "Reuters")
run("history", "articles", "history", name)
run("diff", "articles", "diff", name)
run("export", "export", str(folder / "library.gz"))
run("import", "import", str(folder / "library.gz"), "--home", str(folder / "other"))
run("extract", "extract", str(folder / "articles" / "page.html"), str(folder / "articles" / "accord.md"))
over, page = str(folder / "articles"), str(folder / "r.html")
run("eval", "eval", str(folder / "questions.jsonl"), "--over", over, "--html", page)
run("remove", "remove", name, "--yes")
run("restore", "articles", "restore", name)
run("feedback", "feedback")
# With a chat model on this computer, whose libraries know many other addresses.
model = subprocess.Popen([sys.executable, stub, "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
os.environ.update(SPACE_POLICY_MODEL="openai:stub", SPACE_POLICY_MODEL_URL=model.stdout.readline().strip())
run("doctor", "doctor")
told = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
served = subprocess.Popen([command, "serve", "--port", "0"], **told)
address = re.search(r"http://[^ ]+", served.stdout.readline())[0]
def get(path, data=None):
    head = {"Content-Type": "application/json", "Accept": "text/html"}
    body = None if data is None else json.dumps(data).encode()
    with urllib.request.urlopen(urllib.request.Request(address + path, body, head)) as response:
        return response.read().decode()
get("/")
get("/health")
event = json.loads(get("/gradio_api/call/answer", {"data": ["How many states does the Zanzibar accord bind?"]}))
said = get("/gradio_api/call/answer/" + event["event_id"])
answered = "forty" in said and '"mode": "model"' in said
time.sleep(2)  # what begins to report in the background has the time to
served.send_signal(signal.SIGTERM)
_, told = served.communicate(timeout=30)
ended["serve"] = [0 if answered else 1, told[-300:] + said[-300:]]
model.kill()
model.communicate()

counted = Path("/proc/net/snmp").read_text().splitlines() if cut else []
names, values = [line.split() for line in counted if line.startswith("Ip:")] or ([], [])
print(json.dumps({"ended": ended, "lost": int(dict(zip(names, values)).get("OutNoRoutes", 0))}))
"""
TEXT = "The Zanzibar accord binds forty states since 1999. It was signed in Dodoma by all of them on one day."
FILES = {
    "articles/accord.md": f"# Zanzibar accord\n\n{TEXT}\n",
    "articles/page.html": f'<html><img src="http://evil.example/x.png"><link rel=stylesheet href="//evil.example/x">'
    f"<script src='https://evil.example/x.js'></script><article><p>{TEXT}</p><p>See http://evil.example</p></article>",
    "questions.jsonl": '{"question": "How many states does the Zanzibar accord bind?", "answerable": true}\n',
}
IN_A_NETWORK_OF_ITS_OWN = ["unshare", "--net"]


def can_be_cut() -> bool:
    try:
        return subprocess.run([*IN_A_NETWORK_OF_ITS_OWN, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def network() -> str:
    """Whether the network is cut: "cut" where this user may do so (as root on Linux), else "there"."""
    return "cut" if sys.platform == "linux" and can_be_cut() else "there"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, network: str) -> dict[str, Any]:
    """How each command ended, what sockets were asked for, and how many packets found no way out."""
    folder = tmp_path_factory.mktemp("network")
    for name, text in {**FILES, "recorder/sitecustomize.py": RECORDER, "driver.py": DRIVER}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPACE_POLICY_", "COV_"))}
    cache = os.environ.get("SPACE_POLICY_CACHE")
    environment = {
        **kept,
        **({"SPACE_POLICY_CACHE": cache} if cache else {}),
        "SPACE_POLICY_HOME": str(folder / "home"),
        "PYTHONPATH": str(folder / "recorder"),
        "RECORDED": str(folder / "recorded"),
    }
    (folder / "recorded").touch()
    command = [
        sys.executable,
        str(folder / "driver.py"),
        str(Path(sys.executable).parent / "space-policy"),
        str(folder),
        str(Path(__file__).parent / "load" / "model.py"),
    ]
    cut = IN_A_NETWORK_OF_ITS_OWN if network == "cut" else []
    done = subprocess.run([*cut, *command, network], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    recorded = [json.loads(line) for line in (folder / "recorded").read_text(encoding="utf-8").splitlines()]
    return {**json.loads(done.stdout), "recorded": recorded}


def listed() -> list[str]:
    """The commands that --help lists."""
    command = [str(Path(sys.executable).parent / "space-policy"), "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.findall(r"^    (\w+) ", said, re.M)


def test_every_command_works_with_the_network_cut(seen: dict[str, Any]) -> None:
    """Where it cannot be cut, that they work is all that this says."""
    assert set(seen["ended"]) == set(COMMANDS) >= set(listed())
    assert {name: end for name, end in seen["ended"].items() if end[0] != 0} == {}


def test_no_command_connects_to_anything_but_this_computer_or_looks_a_name_up(seen: dict[str, Any]) -> None:
    assert seen["recorded"], "the owner's door and the page are on the loopback, so something must have been recorded"
    assert [one for one in seen["recorded"] if not is_here(*one)] == []


def test_no_packet_was_meant_for_another_computer(seen: dict[str, Any], network: str) -> None:
    """Counted by the kernel, so of native code too, which Python's audit hooks do not see."""
    if network != "cut":
        pytest.skip("only root on Linux can cut the network")
    assert seen["lost"] == 0


def is_here(event: str, given: list[Any]) -> bool:
    """Whether what was recorded concerns this computer alone."""
    named = given[1] if event in ("socket.connect", "socket.sendto") else given
    host = named[0] if isinstance(named, list) else named  # a text: the path of a socket in the file system
    if not isinstance(named, list) or host in ("localhost", "None", "NoneType", ""):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def test_the_recorder_sees_a_connection_to_another_computer(tmp_path: Path) -> None:
    """Else the tests above would say nothing."""
    (tmp_path / "sitecustomize.py").write_text(RECORDER, encoding="utf-8")
    code = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('192.0.2.1', 9))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "RECORDED": str(tmp_path / "recorded")}
    subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    (found,) = [json.loads(line) for line in (tmp_path / "recorded").read_text(encoding="utf-8").splitlines()]
    assert not is_here(*found)
