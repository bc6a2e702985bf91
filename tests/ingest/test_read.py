"""A file to a raw document."""

import hashlib
import os
from pathlib import Path

import pytest

from ingest.read import SUFFIXES, Limits, read, read_bytes
from rag.errors import UnreadableDocument

LIMIT = Limits(10_000)


def written(folder: Path, name: str, data: bytes) -> Path:
    """A file in `folder`."""
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("suffix", "kind"), [(suffix, kind) for suffix, kind in SUFFIXES.items() if kind not in ("pdf", "word")]
)
def test_the_suffix_tells_the_kind(tmp_path: Path, suffix: str, kind: str) -> None:
    """In capital letters too."""
    assert read(written(tmp_path, "story" + suffix.upper(), b"words"), LIMIT).kind == kind


def test_a_document_knows_its_absolute_path_and_the_hash_of_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the path was given."""
    written(tmp_path, "story.txt", b"words\r\n")
    monkeypatch.chdir(tmp_path)
    raw = read(Path("story.txt"), LIMIT)
    assert (raw.source, raw.sha256) == (str(tmp_path / "story.txt"), hashlib.sha256(b"words\r\n").hexdigest())


def test_line_ends_become_newlines() -> None:
    """Those of Windows and of old Macs."""
    assert read_bytes(b"a\r\nb\rc", "pasted text", "text", LIMIT).content == "a\nb\nc"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("“Chang’e” née".encode(), id="UTF-8"),
        pytest.param("“Chang’e” née".encode("utf-8-sig"), id="UTF-8 with a mark"),
        pytest.param("“Chang’e” née".encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param("“Chang’e” née".encode("utf-32"), id="UTF-32 with a mark"),
        pytest.param("“Chang’e” née".encode("cp1252"), id="Western Windows"),
    ],
)
def test_encodings_are_recognised(data: bytes) -> None:
    """Curly quotes and accents come out right, without the mark."""
    assert read_bytes(data, "pasted text", "text", LIMIT).content == "“Chang’e” née"


def test_a_few_broken_bytes_do_not_garble_the_rest() -> None:
    """What is nearly all UTF-8 stays UTF-8."""
    data = "“Chang’e” née ".encode() + b"\xff!"
    assert read_bytes(data, "pasted text", "text", LIMIT).content == "“Chang’e” née \ufffd!"


def test_a_page_is_read_in_the_character_set_it_declares() -> None:
    """Where it is not UTF-8."""
    data = '<meta charset="windows-1251"><p>Луна</p>'.encode("cp1251")
    assert "Луна" in read_bytes(data, "page", "html", LIMIT).content


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "no text", id="empty"),
        pytest.param(b" \n\t\xef\xbb\xbf", "no text", id="white space only"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not text", id="a picture renamed"),
        pytest.param(bytes(range(1, 27)) * 50, "not text", id="control characters"),
        pytest.param(b"a" * (LIMIT.bytes + 1), "more than 10,000 bytes", id="one line over the limit"),
    ],
)
def test_what_is_no_text_is_refused_with_a_cure(data: bytes, reason: str) -> None:
    """A bad file is never a silent skip."""
    with pytest.raises(UnreadableDocument, match=reason) as caught:
        read_bytes(data, "pasted text", "text", LIMIT)
    assert caught.value.cure


def test_an_unknown_suffix_is_named_with_the_known_ones(tmp_path: Path) -> None:
    """So that the user can choose another form."""
    with pytest.raises(UnreadableDocument) as caught:
        read(written(tmp_path, "story.odt", b"PK"), LIMIT)
    assert "'.odt'" in caught.value.reason
    assert ".md" in caught.value.cure


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    """Each with its own reason."""
    with pytest.raises(UnreadableDocument, match="no such file"):
        read(tmp_path / "nothing.txt", LIMIT)
    with pytest.raises(UnreadableDocument, match="no file"):
        read(tmp_path, LIMIT)


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """A sparse file of a terabyte takes no time and no memory."""
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(UnreadableDocument, match="more than 10,000 bytes"):
        read(path, LIMIT)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    """With the system's own word for it."""
    path = written(tmp_path, "secret.txt", b"words")
    path.chmod(0)
    with pytest.raises(UnreadableDocument, match="cannot be read"):
        read(path, LIMIT)
