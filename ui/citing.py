"""Citations as text to take away: plain, Markdown footnotes, RIS, BibTeX. Pure: an Answer in, text out.

RIS: tags of Research Information Systems (two letters, two spaces, a hyphen, a space); lines end in CR LF.
BibTeX: UTF-8, as biber and LaTeX since 2018 read it.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from urllib.parse import quote, urlsplit

from rag.domain import Answer, ArticleCard, Citation
from ui.sources import day

# Control characters, and those that turn the reading direction around.
INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
MARK = re.compile(r"\[(\d+)\]")
MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~$&!^])|^(\s*)([-+=]+|\d+[.)])(?=\s|$)")
AUTHORS = re.compile(r"\s*(?:,|;|&|\band\b)\s*")
PERSON = re.compile(r"[^\W\d_]+(?:[ .'’-]+[^\W\d_]+){1,5}\.?")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MOST_WORDS = 4  # of a person's name
# What TeX acts on. Braces as commands: BibTeX counts them, escaped or not.
TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{mark: f"\\{mark}" for mark in "&%$#_"},
}
# Of RFC 3986, less what would end an address in Markdown, RIS or BibTeX.
URL_MARKS = "%/:?#[]@!$&'*+,=~-._"


# Forms --------------------------------------------------------------------------------------------------------------


def plain(answer: Answer) -> str:
    """The answer, and its sources under their numbers."""
    sources = [f"[{one.number}] {source_line(one)}" for one in answer.citations]
    return "\n".join([*map(tidy, _lines(answer)), *([""] if sources else []), *sources, ""])


def footnotes(answer: Answer, prefix: str = "") -> str:
    """The answer with its sources as Markdown footnotes, [^1]; `prefix` keeps those of several answers apart."""
    numbers = {str(one.number) for one in answer.citations}
    lines = [_with_footnotes(line, numbers, prefix) for line in _lines(answer)]
    notes = [f"[^{prefix}{one.number}]: {_footnote(one)}" for one in answer.citations]
    return "\n\n".join([*lines, *notes]) + "\n"


def ris(answer: Answer) -> str:
    """The articles cited, one record each, with the words quoted as notes."""
    return "\r\n".join(line for cited in _by_article(answer) for line in (*_ris_lines(cited), ""))


def bibtex(answer: Answer) -> str:
    """The articles cited, one @misc entry each, with the words quoted as an annotation, which styles do not print."""
    return "\n".join(_bibtex_entry(cited) for cited in _by_article(answer))


FORMS: Mapping[str, Callable[[Answer], str]] = {
    "plain": plain,
    "footnotes": footnotes,
    "ris": ris,
    "bibtex": bibtex,
}


def _lines(answer: Answer) -> list[str]:
    return [line for line in answer.text.splitlines() if line.strip()]


def _with_footnotes(line: str, numbers: Collection[str], prefix: str) -> str:
    parts, done = [], 0
    for mark in MARK.finditer(line):
        if mark[1] in numbers:  # a made-up number stays text
            parts += [in_markdown(line[done : mark.start()]), f"[^{prefix}{mark[1]}]"]
            done = mark.end()
    return "".join([*parts, in_markdown(line[done:])])


# One source ---------------------------------------------------------------------------------------------------------


def source_line(citation: Citation) -> str:
    """Author, “title”, outlet, date, page, address — “quote”, as far as they are known, on one line."""
    return f"{_described(citation, tidy, web_address(citation.article.url))} — “{tidy(citation.quote)}”"


def _footnote(citation: Citation) -> str:
    address = web_address(citation.article.url)
    described = _described(citation, in_markdown, address and f"<{address}>")
    return f"{described} — “{in_markdown(tidy(citation.quote))}”"


def _described(citation: Citation, shown: Callable[[str], str], address: str) -> str:
    card = citation.article
    page = f"p. {citation.passage.page}" if citation.passage.page is not None else ""
    parts = (
        shown(card.author or ""),
        f"“{shown(card.title)}”" if card.title.strip() else "",
        shown(card.outlet or ""),
        day(card.published),
        page,
        address,
    )
    return ", ".join(part for part in parts if part)


def key(card: ArticleCard) -> str:
    """The BibTeX key of an article: outlet, year, id. The same for as long as outlet and year are."""
    words = unicodedata.normalize("NFKD", card.outlet or "").encode("ascii", "ignore").decode().lower()
    outlet = re.sub(r"[^a-z0-9]", "", words)[:20] or "source"
    year = str(card.published.year) if card.published else "nd"
    return f"{outlet}{year}-{re.sub(r'[^A-Za-z0-9-]', '', card.id)}"


def authors(text: str | None) -> tuple[str, ...]:
    """The names in a byline: several only where each could be a person's, else the byline as it is."""
    whole = tidy(text or "")
    names = [name for name in AUTHORS.split(whole) if name]
    if len(names) > 1 and all(2 <= len(name.split()) <= MOST_WORDS for name in names):
        return tuple(names)
    return (whole,) if whole else ()


def _by_article(answer: Answer) -> tuple[tuple[Citation, ...], ...]:
    found: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        found.setdefault(citation.article.id, []).append(citation)
    return tuple(map(tuple, found.values()))


def _ris_lines(cited: Sequence[Citation]) -> Iterator[str]:
    card = cited[0].article
    address = web_address(card.url)
    fields = [("TY", "ELEC" if address else "GEN"), ("ID", key(card))]
    fields += [("AU", name) for name in authors(card.author)]
    fields += [("TI", tidy(card.title)), ("T2", tidy(card.outlet or ""))]
    if card.published:
        fields += [("PY", str(card.published.year)), ("DA", f"{card.published:%Y/%m/%d}/")]
    fields += [("UR", address), *(("N1", quoted(one)) for one in cited)]
    yield from (f"{tag}  - {value}" for tag, value in fields if value)
    yield "ER  - "


def _bibtex_entry(cited: Sequence[Citation]) -> str:
    card = cited[0].article
    fields = {
        "author": " and ".join(map(_bibtex_name, authors(card.author))),
        "title": f"{{{in_tex(card.title)}}}",  # braced once more: styles would lower its capitals
        "howpublished": in_tex(card.outlet or ""),
        "url": web_address(card.url),
        "annote": in_tex(" ".join(map(quoted, cited))),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value.strip("{}")]
    if card.published:
        month = MONTHS[card.published.month - 1]  # a macro of every style, so without braces
        lines += [f"  year = {{{card.published.year}}},", f"  month = {month},", f"  day = {{{card.published.day}}},"]
    return "\n".join([f"@misc{{{key(card)},", *lines, "}", ""])


def _bibtex_name(name: str) -> str:
    """A name that BibTeX may take apart, or one in braces that it may not."""
    return in_tex(name) if PERSON.fullmatch(name) and " and " not in name else f"{{{in_tex(name)}}}"


def quoted(citation: Citation) -> str:
    """The words quoted, with their page where there are pages."""
    page = f"p. {citation.passage.page}: " if citation.passage.page is not None else ""
    return f"{page}“{tidy(citation.quote)}”"


# Text ---------------------------------------------------------------------------------------------------------------


def tidy(text: str) -> str:
    """Text on one line, composed, without what is not seen."""
    return " ".join(INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def in_markdown(text: str) -> str:
    """Text that Markdown shows as it is, on one line: no image, link, tag, list or heading can come of it."""
    return MARKDOWN.sub(_escaped, re.sub(r"\s+", " ", INVISIBLE.sub("", text)))


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[1]}" if found[1] else f"{found[2]}{found[3][:-1]}\\{found[3][-1]}"


def in_tex(text: str) -> str:
    """Text that TeX sets as it is, and whose braces BibTeX finds in order."""
    return "".join(TEX.get(mark, mark) for mark in tidy(text))


def web_address(url: str | None) -> str:
    """An address of the web, with what could end it percent-encoded; empty where it is none (javascript:, say)."""
    text = tidy(url or "")
    try:
        parts = urlsplit(text)
        there = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # as in http://[
        return ""
    return quote(text, safe=URL_MARKS) if there else ""
