"""Wrong inputs: each is a named failure or a sensible article, in bounded time, and none stops the run."""

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfWriter

from ingest.pipeline import ingest
from rag.library import Library
from rag.settings import Settings

GOOD = "The base on the Moon is planned by 2035. Seventeen countries have joined the project.\n"
PAGE = f"<html><head><title>Base</title></head><body><article><h1>Base</h1><p>{GOOD * 5}</p></article></body></html>"


def pdf(password: str | None = None, pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def nested(depth: int) -> bytes:
    return ("<div>" * depth + PAGE + "</div>" * depth).encode()


# name of the file -> its bytes, what the failure says
FAILING = {
    "an empty file": ("a.txt", b"", "no text"),
    "white space alone": ("a.txt", b" \n\t\n", "no text"),
    "a program under the name .txt": ("a.txt", b"\x7fELF" + bytes(range(256)) * 40, "not text"),
    "NUL bytes": ("a.txt", b"words \x00 words " * 50, "not text"),
    "UTF-16 without a mark": ("a.txt", GOOD.encode("utf-16-le"), "not text"),
    "a zip under the name .txt": ("a.txt", zipped(a=b"x" * 1000), "not text"),
    "one line over the limit": ("a.txt", b"word " * 300_000, "more than 1,000,000 bytes"),
    "front matter that is no YAML": ("a.md", b"---\ntitle: [\n---\n" + GOOD.encode(), "front matter"),
    "YAML that would run a program": (
        "a.md",
        b"---\ntitle: !!python/object/apply:os.system [ls]\n---\nx",
        "front matter",
    ),
    "front matter and nothing else": ("a.md", b"---\ntitle: Base\n---\n", "No article"),
    "HTML without a word": ("a.html", b"<html><body><script>var a = 1;</script></body></html>", "No article"),
    "an empty PDF": ("a.pdf", b"", "It is no PDF"),
    "HTML under the name .pdf": ("a.pdf", PAGE.encode(), "It is no PDF"),
    "a truncated PDF": ("a.pdf", pdf()[:200], "cut off"),
    "an encrypted PDF": ("a.pdf", pdf("secret"), "encrypted"),
    "a PDF without text": ("a.pdf", pdf(), "no text"),
    "a PDF with too many pages": ("a.pdf", pdf(pages=60), "60 pages, more than 50"),
    "an empty .docx": ("a.docx", b"", "no"),
    "a zip that is no .docx": ("a.docx", zipped(a=b"x"), "no"),
    "a zip bomb .docx": ("a.docx", zipped(word__document__xml=b"0" * 60_000_000), "unpacked|expand"),
    "a truncated .docx": ("a.docx", zipped(word__document__xml=b"<w/>" * 999)[:80], "no|damaged"),
    "an unknown kind": ("a.odt", b"PK", "cannot be read"),
    "no suffix": ("LICENCE", GOOD.encode(), "no suffix"),
}
# name of the file -> its bytes, what its article says
SENSIBLE = {
    "a byte order mark": ("a.txt", b"\xef\xbb\xbf" + GOOD.encode(), "planned by 2035"),
    "UTF-16 with a mark": ("a.txt", GOOD.encode("utf-16"), "planned by 2035"),
    "Windows quotation marks": (
        "a.txt",
        b"He spoke of \x93equal opportunities\x94 for all.\n",
        "“equal opportunities”",
    ),
    "a broken byte among good ones": (
        "a.txt",
        "Réunion \u2019s".encode() + b" \xff " + GOOD.encode(),
        "planned by 2035",
    ),
    "no end to the line": ("a.txt", b"The base is planned. " * 40_000, "planned"),
    "empty front matter": ("a.md", b"---\n---\n" + GOOD.encode(), "planned by 2035"),
    "front matter that never ends": ("a.md", b"---\ntitle: Base\n\n" + GOOD.encode(), "planned by 2035"),
    "a megabyte of script": ("a.html", (f"<script>{'x=1;' * 200_000}</script>" + PAGE).encode(), "planned by 2035"),
    "tags that are never closed": ("a.html", (PAGE.replace("</p></article></body></html>", "")).encode(), "planned"),
    "two hundred nested elements": ("a.html", nested(200), "planned by 2035"),
    "Windows line ends": ("a.txt", GOOD.replace("\n", "\r\n").encode() * 2, "planned by 2035"),
    "control characters": (
        "a.txt",
        b"The base\x07 is planned by 2035.\x1b It has seventeen members.\n" + GOOD.encode() * 9,
        "planned by 2035",
    ),
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    return replace(
        Settings.from_env(), home=home, max_bytes=1_000_000, max_pages=50, max_expanded=5_000_000, file_seconds=20.0
    )


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with Library.open(settings) as library:
        yield library


@pytest.mark.parametrize(("name", "data", "reason"), FAILING.values(), ids=FAILING)
def test_a_wrong_input_is_named_and_the_rest_goes_in(
    library: Library, tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "good.txt").write_text(GOOD)
    report = ingest([tmp_path / name, tmp_path / "good.txt"], library)
    assert len(report.added) == 1
    (failure,) = report.failures
    assert failure.source == str(tmp_path / name)
    assert any(part in failure.reason for part in reason.split("|")), failure.reason
    assert failure.cure
    assert "\n" not in failure.reason + failure.cure


@pytest.mark.parametrize(("name", "data", "said"), SENSIBLE.values(), ids=SENSIBLE)
def test_an_odd_input_is_a_sensible_article(
    library: Library, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(data)
    report = ingest([tmp_path / name], library)
    assert report.failures == ()
    article = library.article(report.added[0].id)
    assert said in article.text
    assert not [character for character in article.text if ord(character) < 32 and character not in "\n\t"]
    for passage in library.passages_of(article):
        assert article.text[passage.start : passage.end] == passage.text


def unreadable(path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path.write_text(GOOD)
    path.chmod(0)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(lambda path: None, "no such file", id="a file that is not there"),
        pytest.param(lambda path: path.symlink_to(path), "cannot be read|no such file", id="a link to itself"),
        pytest.param(lambda path: path.symlink_to(path.parent / "gone"), "no such file", id="a link to nothing"),
        pytest.param(os.mkfifo, "no file", id="a pipe"),
        pytest.param(unreadable, "cannot be read", id="a file that may not be read"),
    ],
)
def test_what_is_no_regular_file_is_named(
    library: Library, tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / "odd.txt"
    make(path)
    (failure,) = ingest([path], library).failures
    assert any(part in failure.reason for part in reason.split("|")), failure.reason


def test_a_directory_with_a_suffix_is_a_folder(library: Library, tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "folder.txt" / "good.txt").write_text(GOOD)
    assert len(ingest([tmp_path / "folder.txt"], library).added) == 1


def test_a_hundred_wrong_files_among_good_ones_cost_only_themselves(library: Library, tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"good{number}.txt").write_text(f"Note {number}\n\n{GOOD}")
        (tmp_path / f"empty{number}.txt").touch()
        (tmp_path / f"broken{number}.pdf").write_bytes(b"%PDF-1.4 broken")
        (tmp_path / f"zip{number}.docx").write_bytes(b"PK\x03\x04 broken")
    report = ingest([tmp_path], library)
    assert len(report.failures) == 60
    assert len(report.added) + len(report.copies) == 20
