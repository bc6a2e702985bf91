"""Checksums of index files: what a disk has lost or changed is seen before what trusts the files opens them."""

import json
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

BLOCK = 1 << 20  # bytes read at a time
FOOTER = struct.Struct("<II")  # ends each file of a Tantivy segment: length of the JSON before it, and a magic number
MAGIC = 1337
SEGMENT_FILES = ("term", "idx", "pos", "store", "fieldnorm", "fast")


def sealed(folder: Path) -> dict[str, str]:
    """File below the folder -> its length and CRC-32."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _seal(path) for path in sorted(files)}


def broken(folder: Path, seals: Mapping[str, str]) -> tuple[str, ...]:
    """The files that are no longer as they were when the folder was sealed; those that are missing or new, too."""
    now = sealed(folder)
    return tuple(sorted(name for name in {*seals, *now} if seals.get(name) != now.get(name)))


def broken_words(folder: Path) -> tuple[str, ...]:
    """The files of a Tantivy index that are missing or not as they were written. Its owner may write meanwhile."""
    while True:
        try:
            before = (folder / "meta.json").read_bytes()
        except FileNotFoundError:
            return ()  # a new index
        found = _broken_segments(folder, before)
        if not found or (folder / "meta.json").read_bytes() == before:  # else merged meanwhile, and files are gone
            return found


def _broken_segments(folder: Path, meta: bytes) -> tuple[str, ...]:
    try:
        names = [
            f"{segment['segment_id'].replace('-', '')}.{ending}"
            for segment in json.loads(meta)["segments"]
            for ending in (*SEGMENT_FILES, *_deletes(segment))
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ("meta.json",)
    return tuple(name for name in names if not _is_whole(folder / name))


def _deletes(segment: Mapping[str, Mapping[str, int] | None]) -> tuple[str, ...]:
    deletes = segment["deletes"]
    return (f"{deletes['opstamp']}.del",) if deletes else ()


def _is_whole(path: Path) -> bool:
    """Whether a segment's file has the checksum that it says it has."""
    try:
        content = path.read_bytes()
        length, magic = FOOTER.unpack_from(content, len(content) - FOOTER.size)
        end = len(content) - FOOTER.size - length
        said = int(json.loads(content[end : -FOOTER.size])["crc"])
        return magic == MAGIC and zlib.crc32(content[:end]) == said
    except (OSError, struct.error, ValueError, KeyError, TypeError):
        return False


def _seal(path: Path) -> str:
    crc, length = 0, 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            crc, length = zlib.crc32(block, crc), length + len(block)
    return f"{length}-{crc:08x}"
