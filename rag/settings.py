"""Settings, read once, at the edge, from the environment or any mapping."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

from rag.errors import SettingsError

PREFIX = "SPACE_POLICY_"
APPLICATION = "space-policy-chat"
SHORTEST_PASSWORD = 8  # characters
SECRETS = ("auth", "reader_auth")  # what no message may show
SECRET = re.compile(r"(?<=//)[^/?#]*(?=@)|(?<=\bsk-)[\w-]{8,}")  # a password or a key that was put in the wrong place
CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. Each field is the environment variable SPACE_POLICY_<FIELD>."""

    home: Path  # where the library lives
    cache: Path  # what can be built again: the embedding graph
    corpus: Path  # the starter collection
    starter: bool = True  # whether `serve` and `ask` fill an empty library from it
    embedding: str = "minilm"  # or "openai:<model>"
    model: str | None = None  # "openai:<model>"; None: answers are made of quotes
    model_url: str | None = None  # an OpenAI-compatible server; None: OpenAI itself
    hits: int = 8  # passages an answer is made from, 1..50
    connect_seconds: float = 5.0  # to reach a chat model
    first_token_seconds: float = 30.0  # for its first word
    total_seconds: float = 120.0  # for its whole answer
    window: int = 8192  # tokens a chat model can read and write together
    unsupported: str = "mark"  # what becomes of a model's sentence that nothing supports: it is marked, or "drop"
    max_bytes: int = 50_000_000  # of one document
    max_pages: int = 2000  # of one PDF
    max_expanded: int = 200_000_000  # bytes of one Word file, unpacked
    file_seconds: float = 60.0  # to read one document
    fetch_seconds: float = 30.0  # to fetch one page
    fetch_loopback: bool = False  # for tests: pages of this computer may be fetched
    passage_pieces: int = 200  # word pieces in a passage, 40..200
    auth: str | None = field(default=None, repr=False)  # the page's password, 8 characters or more; None: it has none
    reader_auth: str | None = field(default=None, repr=False)  # another one, whose users change nothing; None: no such
    log: str | None = None  # what a served page writes to standard error: "text" or "json"; None: warnings alone
    log_questions: bool = False  # whether questions may stand in it
    questions_per_minute: int = 30  # of one browser; all of one address together may ask ten times as many

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """The settings in `environment` (default: the process's own), defaults for the rest.

        Raises SettingsError naming the variable, its value and what is allowed.
        """
        environment = os.environ if environment is None else environment
        found: dict[str, Any] = {
            "home": Path(platformdirs.user_data_dir(APPLICATION, appauthor=False)),
            "cache": Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False)),
            "corpus": CHECKOUT / "corpus",
        }
        for part in fields(cls):
            value = environment.get(PREFIX + part.name.upper(), "").strip()
            if value:
                found[part.name] = _read(part.name, value)
        _check_passwords(found.get("auth"), found.get("reader_auth"))
        return cls(**found)


def _path(value: str) -> Path:
    return Path(value).expanduser().resolve()


def _truth(value: str) -> bool:
    return {"0": False, "no": False, "false": False, "1": True, "yes": True, "true": True}[value.lower()]


def _between(low: float, high: float, kind: type[int] | type[float] = float) -> Callable[[str], float]:
    def read(value: str) -> float:
        number = kind(value)
        if not low <= number <= high:
            raise ValueError(value)
        return number

    return read


def _model(value: str) -> str:
    if not value.startswith("openai:") or value == "openai:":
        raise ValueError(value)
    return value


def _embedding(value: str) -> str:
    return value if value == "minilm" else _model(value)


def _one_of(*allowed: str) -> Callable[[str], str]:
    return lambda value: {one: one for one in allowed}[value.lower()]


def _url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError(value)
    return value


def _password(value: str) -> str:
    if len(value) < SHORTEST_PASSWORD:
        raise ValueError
    return value


def _check_passwords(whole: str | None, readers: str | None) -> None:
    if readers and readers == whole:
        raise SettingsError(f"{PREFIX}READER_AUTH and {PREFIX}AUTH are the same password; allowed: two of them.")
    if readers and not whole:
        raise SettingsError(
            f"{PREFIX}READER_AUTH is set and {PREFIX}AUTH is not; allowed: both, the second for who adds and corrects."
        )


# field -> (how it is read, what is allowed)
READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "home": (_path, "a folder"),
    "cache": (_path, "a folder"),
    "corpus": (_path, "a folder"),
    "starter": (_truth, "1 or 0"),
    "embedding": (_embedding, "minilm or openai:<model>"),
    "model": (_model, "openai:<model>"),
    "model_url": (_url, "an address that begins with http:// or https://"),
    "hits": (_between(1, 50, int), "a whole number from 1 to 50"),
    "connect_seconds": (_between(0.1, 600), "seconds from 0.1 to 600"),
    "first_token_seconds": (_between(0.1, 600), "seconds from 0.1 to 600"),
    "total_seconds": (_between(0.1, 3600), "seconds from 0.1 to 3600"),
    "window": (_between(1024, 10_000_000, int), "tokens from 1024 to 10000000"),
    "unsupported": (_one_of("mark", "drop"), "mark or drop"),
    "max_bytes": (_between(1000, 10_000_000_000, int), "bytes from 1000 to 10000000000"),
    "max_pages": (_between(1, 100_000, int), "pages from 1 to 100000"),
    "max_expanded": (_between(1000, 10_000_000_000, int), "bytes from 1000 to 10000000000"),
    "file_seconds": (_between(0.1, 3600), "seconds from 0.1 to 3600"),
    "fetch_seconds": (_between(0.1, 600), "seconds from 0.1 to 600"),
    "fetch_loopback": (_truth, "1 or 0"),
    "passage_pieces": (_between(40, 200, int), "word pieces from 40 to 200"),
    "auth": (_password, "a password of 8 characters or more"),
    "reader_auth": (_password, "a password of 8 characters or more, another than SPACE_POLICY_AUTH"),
    "log": (_one_of("text", "json"), "text or json"),
    "log_questions": (_truth, "1 or 0"),
    "questions_per_minute": (_between(1, 1_000_000, int), "a whole number from 1 to 1000000"),
}


def _read(name: str, value: str) -> object:
    read, allowed = READERS[name]
    try:
        return read(value)
    except (ValueError, KeyError, OSError, RuntimeError) as error:
        said = f"has {len(value)} characters" if name in SECRETS else f"is {SECRET.sub('…', value)!r}"
        raise SettingsError(f"{PREFIX}{name.upper()} {said}; allowed: {allowed}.") from error
