"""Halves of characters, which JSON, command lines and names of files may carry and nothing can keep."""

import gzip
import hashlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.backup import export_library, import_library
from rag.characters import is_whole, mended
from rag.domain import Filters, Turn
from rag.errors import BackupDamaged
from rag.library import Library
from rag.settings import Settings
from ui.cli import main

MOON = "The Moon is far from the Earth. It has no air at all.\n"


def opened(home: Path) -> Library:
    return Library.open(replace(Settings.from_env(), home=home))


def test_halves_are_replaced_wherever_text_stands_in_a_value() -> None:
    given = ("a\ud800b", [Turn("\udfff", "c")], Filters(outlets=("\ud83d",)), 5, None)
    assert mended(given) == ("a\ufffdb", [Turn("\ufffd", "c")], Filters(outlets=("\ufffd",)), 5, None)
    assert [is_whole(text) for text in ("Moon 🚀", "\ud83d", "\0")] == [True, False, False]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_file_whose_name_is_no_text_is_named_and_the_rest_goes_in(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name in (b"caf\xe9.txt", b"moon.txt"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text(MOON)
    with opened(tmp_path / "home") as library:
        report = ingest([folder], library)
    assert ([card.title for card in report.added], len(report.failures)) == (["Moon"], 1)
    assert (report.failures[0].reason, report.failures[0].cure) == ("Its name is no text in UTF-8", "Rename it")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["ask", "moon\udcff"], id="a question"),
        pytest.param(["articles", "--outlet", "\udcff"], id="an outlet"),
        pytest.param(["articles", "show", "\udcff"], id="an id to show"),
        pytest.param(["remove", "\udcff", "--yes"], id="an id to remove"),
        pytest.param(["articles", "restore", "\udcff"], id="an id to restore"),
    ],
)
def test_a_command_line_that_is_no_text_ends_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    (tmp_path / "moon.txt").write_text(MOON)
    with opened(tmp_path / "home") as library:
        ingest([tmp_path / "moon.txt"], library)
    assert main(["--home", str(tmp_path / "home"), *arguments]) in (0, 1)
    said = capsys.readouterr()
    assert said.out + said.err


@pytest.mark.parametrize("name", ["id", "source"])
def test_a_backup_with_a_right_seal_and_a_wrong_text_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "moon.txt").write_text(MOON)
    with opened(tmp_path / "home") as library:
        ingest([tmp_path / "moon.txt"], library)
        export_library(library, tmp_path / "library.gz")
    header, article, seal = gzip.decompress((tmp_path / "library.gz").read_bytes()).splitlines()
    for wrong in ("\ud800", 10**30, None):
        lines = [header, json.dumps({**json.loads(article), name: wrong}).encode()]
        digest = hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()
        sealed = json.dumps({**json.loads(seal), "sha256": digest}).encode()
        (tmp_path / "library.gz").write_bytes(gzip.compress(b"\n".join([*lines, sealed]) + b"\n"))
        with opened(tmp_path / "other") as other, pytest.raises(BackupDamaged, match="Nothing was imported"):
            import_library(other, tmp_path / "library.gz")
