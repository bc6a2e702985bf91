"""How the fuzz tests make their input, and how much of it: SPACE_POLICY_FUZZ=2000 tries so many, at random."""

import os
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

Test = TypeVar("Test", bound=Callable[..., None])

ANY_SPEED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
WANTED = os.environ.get("SPACE_POLICY_FUZZ")
BOUNDED = settings(derandomize=True, database=None, max_examples=60, **ANY_SPEED)
PROFILE = settings(max_examples=int(WANTED), print_blob=True, **ANY_SPEED) if WANTED else BOUNDED


def fuzz(share: float = 1.0) -> Callable[[Test], Test]:
    """As many examples as the profile says, or a share of them where one is dear."""
    return settings(PROFILE, max_examples=max(1, int(PROFILE.max_examples * share)))


def pieces(text: str, apart: str = " ") -> tuple[str, ...]:
    """What stands in a text of several lines, told apart by a mark."""
    return tuple(one for line in text.strip("\n").split("\n") for one in line.strip().split(apart))


# Texts ---------------------------------------------------------------------------------------------------------------

# What programs that read text have stumbled over: direction marks, joiners, odd line ends, digits that are no ASCII.
ODD = tuple(
    "\u202e\u200b\u200d\u00ad\ufeff\ufffd\u2028\u2029\x85\x0b\x0c\x1f\x7f\x00\r\n\t\u00a0\u3000İßﬁ²½٣Ⅳ\U0010ffff“”’…—‑"
)
ODD += ("\r\n", "\n\n", "e\u0301", "👩\u200d🚀")
WORDS = pieces("""
    the The of in and Article Treaty U.S. Moon China 2025 17 23-04-2025 April 3,5 J. Smith said No. (a) 1. II. § 5
    million per cent not never who when how many
""")
MARKUP = pieces("""
    <b> </b> <script>alert(1)</script> <img/src=x/onerror=alert(1)> <a href='javascript:alert(1)'> </a> <!-- -->
    <![CDATA[ ]]> &lt; &#x0; &#xD800; &amp &quot; " ' ` ${x} {{x}} {{#if}} \\ \\u003c [1] [1,2] [99999] 【3】 [^1]
    ![x](http://evil.example/x) [x](javascript:alert(1)) [x][y] [y]:http://evil.example ** __ ~~ ``` --- # ## > - *
    | http://evil.example/?q= //evil.example data:text/html;x </article> </blockquote> </p> <p> <svg/onload=x>
""")
SURROGATES = ("\ud800", "\udfff", "\ude00\ud83d")  # as JSON may carry them; no file can


def made_of(*pieces: Sequence[str], most: int = 40, surrogates: bool = False) -> st.SearchStrategy[str]:
    """Texts put together from pieces, and from any characters at all, with and without spaces."""
    known = [piece for group in pieces for piece in group]
    known += SURROGATES if surrogates else ()
    part = st.one_of(st.sampled_from(known), st.sampled_from(known), st.text(max_size=12))
    repeated = st.builds(lambda one, times: one * times, part, st.integers(2, 30))
    parts = st.lists(st.one_of(part, part, part, repeated), max_size=most)
    return st.builds(lambda space, found: space.join(found), st.sampled_from((" ", "", "\n", "\n\n")), parts)


def texts(*, surrogates: bool = False) -> st.SearchStrategy[str]:
    """Texts of any kind: words, markup, what is odd."""
    return made_of(WORDS, MARKUP, ODD, surrogates=surrogates)


def damaged(whole: bytes) -> st.SearchStrategy[bytes]:
    """A file with some bytes changed, left out or put in, perhaps cut off."""
    change = st.tuples(st.integers(0, len(whole)), st.integers(0, 20), st.binary(max_size=20))

    def changed(changes: Sequence[tuple[int, int, bytes]], end: int) -> bytes:
        data = whole
        for at, gone, new in changes:
            data = data[:at] + new + data[at + gone :]
        return data[:end]

    return st.builds(changed, st.lists(change, max_size=8), st.integers(0, 2 * len(whole)))


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts(surrogates=True),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)

# What a page may not hold ---------------------------------------------------------------------------------------------

ADDRESSES = {"href", "src", "action", "formaction", "srcset", "data", "poster", "xlink:href", "background"}


class Page(HTMLParser):
    """What a browser makes of a piece of HTML: its tags, attributes, addresses and the text it shows."""

    def __init__(self, rendered: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.addresses: list[str] = []
        self.shown: list[str] = []
        self._open: list[str] = []
        self.unbalanced = False
        self.feed(rendered)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.addresses += [value or "" for name, value in attrs if name in ADDRESSES]
        if tag not in ("input", "br", "img", "hr"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.unbalanced |= not self._open or self._open.pop() != tag

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.tags.append("declaration")

    def unknown_decl(self, data: str) -> None:
        self.tags.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.tags.append("instruction")

    def handle_data(self, data: str) -> None:
        self.shown.append(data)

    @property
    def balanced(self) -> bool:
        """Whether each tag is closed, in order."""
        return not self.unbalanced and not self._open

    def shows_only(self, tags: Sequence[str], addresses: Sequence[str]) -> bool:
        """Whether it has no other tags than these, no scripts in attributes, and leads to these addresses at most."""
        allowed = (*addresses, "#", "/conversations/")
        return (
            self.balanced
            and set(self.tags) <= set(tags)
            and not any(name.startswith("on") or name == "style" for name in self.attributes)
            and all(one.startswith(allowed) for one in self.addresses)
        )
