"""What the program is made of, by its lock: `supply.py licences | sbom FILE | advisories`.

Exit codes: 0 in order; 1 not in order (a licence that may not be, a known weakness); 2 could not be found out.
"""

import json
import os
import re
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

LOCK = Path(os.environ.get("SUPPLY_LOCK") or Path(__file__).resolve().parent.parent / "requirements.lock")
# Where weaknesses are known: the API of the Open Source Vulnerabilities database, or a mirror of it.
OSV = os.environ.get("SUPPLY_OSV") or "https://api.osv.dev/v1/querybatch"
SECONDS = 30
AT_ONCE = 500  # packages in one request; the database takes 1000
MOST_ANSWER = 20_000_000  # bytes

NEVER = "sys_platform == 'never'"  # what tool.uv in pyproject.toml keeps out
FORBIDDEN = re.compile(r"\b[AL]?GPL|General Public License|Affero", re.IGNORECASE)
# Of what this machine does not install, as the package says itself.
ELSEWHERE = {"audioop-lts": "PSF-2.0", "colorama": "BSD-3-Clause", "httpx2-jsfetch": "BSD-3-Clause"}
UNKNOWN = "none stated"
ENTRY = re.compile(r"(?P<requirement>[a-z0-9][^\s\\]*==[^\\]+?)\s*\\?$", re.IGNORECASE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
VIA = re.compile(r"^\s+#(?: via)?\s*(?P<name>[a-z0-9][\w.-]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Package:
    """One package of the lock."""

    name: str
    version: str
    here: bool  # installed on this machine
    hashes: tuple[str, ...]  # SHA-256 of its files
    wanted_by: tuple[str, ...]  # names of packages

    @property
    def address(self) -> str:
        """Its package URL (purl), which is no address on the web."""
        return f"pkg:pypi/{self.name}@{self.version}"

    @property
    def licence(self) -> str:
        """As the package states it."""
        try:
            stated = distribution(self.name).metadata
        except PackageNotFoundError:
            return ELSEWHERE.get(self.name, UNKNOWN)
        classified = [one.split(" :: ")[-1] for one in stated.get_all("Classifier", []) if one.startswith("License")]
        text = (stated.get("License") or "").strip().partition("\n")[0]
        return stated.get("License-Expression") or " AND ".join(classified) or text or UNKNOWN


def locked(lock: Path = LOCK) -> tuple[Package, ...]:
    """The packages of a lock, but for those that no machine installs."""
    found: list[Package] = []
    lines: list[str] = []
    for line in [*lock.read_text(encoding="utf-8").splitlines(), "end==0"]:
        if ENTRY.match(line):
            found += _package(lines)
            lines = []
        lines.append(line)
    return tuple(found)


def _package(lines: Sequence[str]) -> Iterator[Package]:
    entry = ENTRY.match(lines[0]) if lines else None
    if not entry or NEVER in lines[0]:
        return
    wanted = Requirement(entry["requirement"])
    via = [match["name"] for line in lines[1:] if (match := VIA.match(line)) and match["name"]]
    yield Package(
        wanted.name,
        str(wanted.specifier).removeprefix("=="),
        wanted.marker is None or wanted.marker.evaluate(),
        tuple(HASH.findall("\n".join(lines))),
        tuple(via),
    )


def is_allowed(licence: str) -> bool:
    """Whether it is none of GPL, LGPL and AGPL, or the choice of another one."""
    if not FORBIDDEN.search(licence):
        return licence != UNKNOWN
    return " AND " not in licence and any(not FORBIDDEN.search(offered) for offered in licence.split(" OR "))


# Commands -----------------------------------------------------------------------------------------------------------


def licences() -> int:
    """Lists each package with its licence."""
    packages = locked()
    wrong = [one for one in packages if not is_allowed(one.licence)]
    for one in packages:
        say(f"{one.name:40} {one.version:16} {one.licence}{'' if one.here else ' (not on this machine)'}")
    for one in wrong:
        say(f"NOT ALLOWED: {one.name} {one.version}: {one.licence}. Leave it out, or find another package.")
    say(f"{len(packages)} packages, {len(wrong)} with a licence that may not be (GPL, LGPL, AGPL, or none stated)")
    return 1 if wrong else 0


def sbom(file: str = "artefacts/sbom.cdx.json") -> int:
    """Writes a software bill of materials in CycloneDX 1.6 (ECMA-424); the same lock gives the same bytes."""
    packages = locked()
    addresses = {one.name: one.address for one in packages}
    serial = uuid.uuid5(uuid.NAMESPACE_OID, LOCK.read_text(encoding="utf-8"))
    application = {"type": "application", "bom-ref": "space-policy-chat", "name": "space-policy-chat"}
    depends: dict[str, list[str]] = {ref: [] for ref in ("space-policy-chat", *addresses.values())}
    for one in packages:
        for name in one.wanted_by:
            depends[addresses.get(name, "space-policy-chat")].append(one.address)
    written = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": application},
        "components": [_component(one) for one in packages],
        "dependencies": [{"ref": ref, "dependsOn": sorted(set(on))} for ref, on in depends.items()],
    }
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    say(f"{len(packages)} packages are listed in {file}")
    return 0


def _component(one: Package) -> Mapping[str, object]:
    return {
        "type": "library",
        "bom-ref": one.address,
        "name": one.name,
        "version": one.version,
        "purl": one.address,
        "licenses": [{"license": {"name": one.licence}}],
        "hashes": [{"alg": "SHA-256", "content": content} for content in one.hashes],
    }


def advisories() -> int:
    """Asks which packages have known weaknesses. Names and versions of packages leave this machine, nothing else."""
    packages = locked()
    found: list[tuple[Package, str]] = []
    try:
        for at in range(0, len(packages), AT_ONCE):
            found += _weaknesses(packages[at : at + AT_ONCE])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        say(f"NOTHING WAS CHECKED: {OSV} gave no answer that can be read ({error}).")
        say("Try again where the network reaches it, or name a mirror in SUPPLY_OSV.")
        return 2
    for one, name in found:
        say(f"{one.name} {one.version}: {name}")
    say(f"{len(packages)} packages were asked for: {len(found)} known weaknesses")
    return 1 if found else 0


def _weaknesses(packages: Sequence[Package]) -> list[tuple[Package, str]]:
    asked = {"queries": [{"package": {"purl": one.address}} for one in packages]}
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(OSV, json.dumps(asked).encode(), head)  # noqa: S310 - named by who runs it
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - likewise
        results = json.loads(answer.read(MOST_ANSWER))["results"]
    if len(results) != len(packages):
        raise ValueError(f"{len(results)} answers to {len(packages)} questions")
    return [
        (one, weak["id"]) for one, result in zip(packages, results, strict=True) for weak in result.get("vulns", ())
    ]


def say(line: str) -> None:
    """Prints a line."""
    sys.stdout.write(f"{line}\n")


COMMANDS = {"licences": licences, "sbom": sbom, "advisories": advisories}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"Name one of: {', '.join(COMMANDS)}")
    sys.exit(COMMANDS[sys.argv[1]](*sys.argv[2:]))
