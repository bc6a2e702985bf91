"""Rows on the leaves of SQLite's b-trees that no search reaches, since a page above them is damaged.

By SQLite's file format (sqlite.org/fileformat2.html). A leaf does not say whose it is: that is told by the number of
its columns and their kinds.
"""

import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

TABLE_INNER, TABLE_LEAF, INDEX_INNER, INDEX_LEAF = 5, 13, 2, 10
INNER = (TABLE_INNER, INDEX_INNER)
LENGTHS = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}  # serial type of a number -> bytes
FREE_LIST = slice(32, 36)  # in the file's header: its first page
RESERVED = 20  # in the file's header: where it says how many bytes at the end of each page are not SQLite's
Value = int | float | str | bytes | None


class Damaged(Exception):
    """A page is not what it should be."""


class Pages:
    """The pages of one database, whose log has been written back into it."""

    def __init__(self, path: Path) -> None:
        self._content = path.read_bytes()
        size = int.from_bytes(self._content[16:18], "big")
        self._size = 65536 if size == 1 else size
        self._usable = self._size - self._content[RESERVED]
        self._count = len(self._content) // self._size if self._size else 0

    def stray(self, roots: Iterable[int]) -> Iterator[tuple[Value, ...]]:
        """The rows on leaves that are in use and that no b-tree reaches. `roots`: the first pages of all trees."""
        reached = {1, *self._free()}
        broken = [root for root in roots if self._walk(root, reached)]
        if not broken:
            return
        for page in range(2, self._count + 1):
            if page not in reached and self._kind(page) == TABLE_LEAF:
                yield from self._cells(page)

    def _walk(self, root: int, reached: set[int]) -> bool:
        """Adds the pages of one tree. Returns whether any is damaged."""
        broken, waiting = False, [root]
        while waiting:
            page = waiting.pop()
            if page in reached:
                continue
            reached.add(page)
            try:
                waiting += self._children(page)
            except Damaged:
                broken = True
        return broken

    def _free(self) -> Iterator[int]:
        """The pages that are not in use; what lies on them has been deleted."""
        seen = set[int]()
        page = int.from_bytes(self._content[FREE_LIST], "big")
        while 0 < page <= self._count and page not in seen:
            seen.add(page)
            yield page
            start = (page - 1) * self._size
            count = min(self._number(start + 4), self._usable // 4 - 2)
            yield from (self._number(start + 8 + 4 * at) for at in range(count))
            page = self._number(start)

    # One page --------------------------------------------------------------------------------------------------------

    def _number(self, at: int, length: int = 4) -> int:
        return int.from_bytes(self._content[at : at + length], "big")

    def _kind(self, page: int) -> int:
        return self._content[self._head(page)]

    def _head(self, page: int) -> int:
        return (page - 1) * self._size + (100 if page == 1 else 0)

    def _children(self, page: int) -> list[int]:
        """The pages below one; none below a leaf. Raises Damaged."""
        kind = self._kind(page)
        if kind in (TABLE_LEAF, INDEX_LEAF):
            self._places(page)
            return []
        if kind not in INNER:
            raise Damaged
        found = [self._number(at) for at in self._places(page)] + [self._number(self._head(page) + 8)]
        if not all(1 < one <= self._count for one in found) or len(set(found)) != len(found):
            raise Damaged
        return found

    def _places(self, page: int) -> list[int]:
        """Where the cells of a page are in the file. Raises Damaged."""
        head, start = self._head(page), (page - 1) * self._size
        first = head + (12 if self._kind(page) in INNER else 8)
        count = self._number(head + 3, 2)
        last = first + 2 * count
        places = [start + self._number(at, 2) for at in range(first, last, 2)]
        if last > start + self._usable or not all(last <= place < start + self._usable for place in places):
            raise Damaged
        return places

    def _cells(self, page: int) -> Iterator[tuple[Value, ...]]:
        """The rows of a leaf that can be read."""
        try:
            places = self._places(page)
        except Damaged:
            return
        for place in places:
            try:
                yield self._cell(place)
            except (Damaged, IndexError, UnicodeDecodeError):
                continue  # it goes on, on a page that is damaged

    def _cell(self, place: int) -> tuple[Value, ...]:
        length, at = _varint(self._content, place, len(self._content))
        _, at = _varint(self._content, at, len(self._content))  # the row's number
        return _values(self._payload(at, length))

    def _payload(self, at: int, length: int) -> bytes:
        """What a cell holds, from its own page and those that it goes on at. Raises Damaged."""
        most, least = self._usable - 35, (self._usable - 12) * 32 // 255 - 23
        if length <= most:
            return self._content[at : at + length]
        here = least + (length - least) % (self._usable - 4)
        here = here if here <= most else least
        parts, left = [self._content[at : at + here]], length - here
        page, seen = self._number(at + here), set[int]()
        while left > 0:
            if not 1 < page <= self._count or page in seen:
                raise Damaged
            seen.add(page)
            start = (page - 1) * self._size
            parts.append(self._content[start + 4 : start + 4 + min(left, self._usable - 4)])
            left -= self._usable - 4
            page = self._number(start)
        if page:  # a whole one ends with 0
            raise Damaged
        return b"".join(parts)


def _varint(content: bytes, at: int, end: int) -> tuple[int, int]:
    """A number of 1 to 9 bytes, and where it ends. Raises Damaged."""
    value = 0
    for place in range(at, min(at + 8, end)):
        value = value << 7 | content[place] & 0x7F
        if content[place] < 0x80:
            return value, place + 1
    if at + 9 > end:
        raise Damaged
    return value << 8 | content[at + 8], at + 9


def _values(payload: bytes) -> tuple[Value, ...]:
    """The columns of a record. Raises Damaged."""
    end, at = _varint(payload, 0, len(payload))
    if end > len(payload):
        raise Damaged
    kinds, places = [], [end]
    while at < end:
        kind, at = _varint(payload, at, end)
        if kind in (10, 11):  # reserved
            raise Damaged
        kinds.append(kind)
        places.append(places[-1] + LENGTHS.get(kind, (kind - 12) // 2))
    if at != end or places[-1] != len(payload):
        raise Damaged
    return tuple(_value(kind, payload[start:stop]) for kind, (start, stop) in zip(kinds, pairwise(places), strict=True))


def _value(kind: int, content: bytes) -> Value:
    if kind >= 12:
        return content.decode() if kind % 2 else content
    if kind == 7:
        return float(struct.unpack(">d", content)[0])
    if kind in (8, 9):
        return kind - 8
    return int.from_bytes(content, "big", signed=True) if kind else None
