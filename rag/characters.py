"""Characters that may come from outside and that nothing can keep."""

import re
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

# JSON and the names of files may carry halves of characters (surrogates); UTF-8, and so every index, cannot.
HALVES = re.compile("[\ud800-\udfff]")
Value = TypeVar("Value")


def mended(value: Value) -> Value:
    """The same text, list, tuple or noun, with U+FFFD for each half of a character; any other value as it is."""
    if isinstance(value, str):
        return HALVES.sub("\ufffd", value)  # type: ignore[return-value]  # a str for a str
    if isinstance(value, list | tuple):
        return type(value)(map(mended, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: mended(getattr(value, part.name)) for part in fields(value)})
    return value


def is_whole(text: str) -> bool:
    """Whether a text can be kept: it has no half of a character, and no NUL, which ends a file's name."""
    return not HALVES.search(text) and "\0" not in text
