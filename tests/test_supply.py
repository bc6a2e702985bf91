"""What the program is made of: hashes in the locks, licences, the bill of materials, known weaknesses."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "supply.py"
DIGEST = "a" * 64
LOCK = f"""# This file was made by hand.
one==1.0 \\
    --hash=sha256:{DIGEST} \\
    --hash=sha256:{"b" * 64}
    # via space-policy-chat (pyproject.toml)
two==2.0 ; sys_platform == 'nowhere' \\
    --hash=sha256:{DIGEST}
    # via
    #   one
    #   three
never==9 ; sys_platform == 'never' \\
    --hash=sha256:{DIGEST}
"""


def supply(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        cwd=environment.get("PYTHONPATH", ROOT),
    )


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock of packages that are installed below the folder it is in."""
    (tmp_path / "requirements.lock").write_text(LOCK, encoding="utf-8")
    for name, version, licence in (("one", "1.0", "MIT"), ("two", "2.0", "Apache-2.0 OR GPL-3.0-only")):
        state(tmp_path, name, version, f"License-Expression: {licence}")
    return tmp_path / "requirements.lock"


def state(folder: Path, name: str, version: str, *said: str) -> None:
    information = folder / f"{name}-{version}.dist-info"
    information.mkdir(exist_ok=True)
    head = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"
    (information / "METADATA").write_text(head + "\n".join(said) + "\n", encoding="utf-8")


def licences(lock: Path) -> "subprocess.CompletedProcess[str]":
    return supply("licences", SUPPLY_LOCK=str(lock), PYTHONPATH=str(lock.parent))


@pytest.mark.parametrize("lock_name", ["requirements.lock", "requirements-dev.lock"])
def test_each_package_of_the_locks_has_a_hash_and_there_is_no_address_in_them(lock_name: str) -> None:
    text = (ROOT / lock_name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text, flags=re.IGNORECASE)[1:]
    assert len(entries) > 100
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_no_package_of_the_program_has_a_licence_that_may_not_be() -> None:
    done = supply("licences")
    assert done.returncode == 0, done.stdout[-500:]
    assert re.search(r"^1\d\d packages, 0 with a licence that may not be", done.stdout, re.M)


def test_a_choice_of_licences_is_allowed_where_one_of_them_is(lock: Path) -> None:
    done = licences(lock)
    assert (done.returncode, "2 packages, 0" in done.stdout, "never" in done.stdout) == (0, True, False)


@pytest.mark.parametrize(
    "said",
    [
        "License-Expression: GPL-3.0-or-later",
        "License-Expression: LGPL-2.1-only",
        "License-Expression: AGPL-3.0-only AND (MIT OR BSD-3-Clause)",
        "Classifier: License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)",
        "License: GNU Affero GPL",
        "Summary: no licence at all",
    ],
)
def test_a_licence_that_may_not_be_is_named(lock: Path, said: str) -> None:
    state(lock.parent, "one", "1.0", said)
    done = licences(lock)
    assert done.returncode == 1
    assert "NOT ALLOWED: one 1.0" in done.stdout


def test_the_bill_of_materials_lists_packages_with_hashes_and_who_wants_them(lock: Path) -> None:
    file = lock.parent / "made" / "sbom.json"
    for _ in range(2):  # the same lock gives the same bytes
        assert supply("sbom", str(file), SUPPLY_LOCK=str(lock), PYTHONPATH=str(lock.parent)).returncode == 0
        written = file.read_text(encoding="utf-8")
    assert supply("sbom", str(file), SUPPLY_LOCK=str(lock), PYTHONPATH=str(lock.parent)).returncode == 0
    assert file.read_text(encoding="utf-8") == written
    found = json.loads(written)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    one, two = found["components"]
    assert (one["purl"], one["hashes"][0]) == ("pkg:pypi/one@1.0", {"alg": "SHA-256", "content": DIGEST})
    assert (two["name"], two["licenses"][0]["license"]["name"]) == ("two", "Apache-2.0 OR GPL-3.0-only")
    assert found["dependencies"][0] == {
        "ref": "space-policy-chat",
        "dependsOn": ["pkg:pypi/one@1.0", "pkg:pypi/two@2.0"],
    }
    assert found["dependencies"][1] == {"ref": "pkg:pypi/one@1.0", "dependsOn": ["pkg:pypi/two@2.0"]}


# Known weaknesses ---------------------------------------------------------------------------------------------------


@pytest.fixture
def database() -> Iterator[ThreadingHTTPServer]:
    """Says what its attribute `says` holds, and keeps what it was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))  # type: ignore[attr-defined]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(server.says)  # type: ignore[attr-defined]

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def advisories(lock: Path, port: int) -> "subprocess.CompletedProcess[str]":
    return supply("advisories", SUPPLY_LOCK=str(lock), SUPPLY_OSV=f"http://127.0.0.1:{port}/v1/querybatch")


def test_a_known_weakness_is_named_and_only_packages_are_told(lock: Path, database: ThreadingHTTPServer) -> None:
    database.says = b'{"results": [{}, {"vulns": [{"id": "GHSA-xxxx"}]}]}'  # type: ignore[attr-defined]
    done = advisories(lock, database.server_port)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "two 2.0: GHSA-xxxx")
    assert database.asked == {  # type: ignore[attr-defined]
        "queries": [{"package": {"purl": "pkg:pypi/one@1.0"}}, {"package": {"purl": "pkg:pypi/two@2.0"}}]
    }


def test_no_known_weakness_is_said_too(lock: Path, database: ThreadingHTTPServer) -> None:
    database.says = b'{"results": [{}, {}]}'  # type: ignore[attr-defined]
    done = advisories(lock, database.server_port)
    assert (done.returncode, "2 packages were asked for: 0 known weaknesses" in done.stdout) == (0, True)


@pytest.mark.parametrize("says", [b"<html>", b"[]", b'{"results": [{}]}', b'{"results": [{"vulns": 5}, {}]}'])
def test_an_answer_that_is_none_is_no_all_clear(lock: Path, database: ThreadingHTTPServer, says: bytes) -> None:
    database.says = says  # type: ignore[attr-defined]
    done = advisories(lock, database.server_port)
    assert (done.returncode, "NOTHING WAS CHECKED" in done.stdout) == (2, True)


def test_a_database_that_is_not_reached_is_no_all_clear(lock: Path) -> None:
    done = advisories(lock, 1)
    assert (done.returncode, "NOTHING WAS CHECKED" in done.stdout) == (2, True)
