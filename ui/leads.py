"""Questions that lead on from an answer: made from what was found for it, and offered only where they get an answer."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from rag.assistant import Assistant
from rag.domain import Answer, Filters, Turn
from rag.prompts import INVISIBLE
from rag.settings import Settings

TRIED = 8  # questions, to find those that get an answer
NEAR = 4  # hits, among which another document is near
LONGEST = 60  # characters of a title or heading that stands in a question
# Of headings that name no subject: those that list sources, ask or point elsewhere.
NO_SUBJECT = re.compile(
    r"(?:sources?|references|notes|further|see also|what|how|why|who|when|where|whether|introduction|background|cases|"
    r"conclusions?|summary|between|other|later|key)\b|"
    r"(?:article|guideline|principle|rule|section|annex|part)s? [\dIVXA-Z]",
    re.IGNORECASE,
)
PROVISION = re.compile(r"(?:Article|Guideline|Principle) [\dIVXA-Z][\dIVX.]*\b")
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
MONTH = re.compile(rf"\b(?:{MONTHS}) \d\d\d\d\b")


def costs_nothing(settings: Settings) -> bool:
    """Whether a question may be asked to see what comes of it."""
    return settings.model is None and settings.embedding == "minilm"


def leads(
    assistant: Assistant, answer: Answer, history: Sequence[Turn], filters: Filters, most: int
) -> tuple[str, ...]:
    """The questions to offer after an answer; where asking costs nothing, only those that are not refused.

    `history` holds the answer too, as it will when one of them is asked.
    """
    questions = tuple(dict.fromkeys(candidates(answer)))
    if not costs_nothing(assistant.library.settings):
        return plain_leads(answer, most)
    tried = islice(questions, TRIED)
    return tuple(islice((one for one in tried if not assistant.answer(one, history, filters).abstained), most))


def plain_leads(answer: Answer, most: int) -> tuple[str, ...]:
    """Those that need no trying: summaries of what else was found, then of what is quoted."""
    if not answer.citations:
        return ()
    others, quoted = _titles(answer)
    return tuple(f"Summarise “{title}”." for title in dict.fromkeys((*others[: most - 1], *quoted[:1])))


def candidates(answer: Answer) -> Iterator[str]:
    """Questions of several kinds, the likeliest of each kind first; none after a refusal."""
    if not answer.citations:
        return
    others, quoted = _titles(answer)
    kinds = (
        _provisions(answer),
        _headings(answer),
        _comparisons(quoted, others if _is_near(answer) else ()),
        _months(answer),
        (f"Summarise “{title}”." for title in others[:2]),
        _outlets(answer),
        (f"Summarise “{title}”." for title in quoted[:1]),
    )
    waiting = list(kinds)
    while waiting:  # one of each kind in turn
        going = []
        for kind in waiting:
            if (question := next(kind, None)) is not None:
                going.append(kind)
                yield question
        waiting = going


def _titles(answer: Answer) -> tuple[list[str], list[str]]:
    """Titles of what was found and not quoted, and of what is quoted."""
    cited = {citation.article.id: _clean(citation.article.title) for citation in answer.citations}
    found = {hit.article.id: _clean(hit.article.title) for hit in answer.hits if hit.article.id not in cited}
    return list(filter(None, found.values())), list(filter(None, cited.values()))


def _is_near(answer: Answer) -> bool:
    """Whether what was found first of what is not quoted is among the best."""
    cited = {citation.article.id for citation in answer.citations}
    return any(hit.article.id not in cited for hit in answer.hits[:NEAR])


def _headings(answer: Answer) -> Iterator[str]:
    """What else an article says that is quoted: by the headings of its passages that were found."""
    cited = {citation.article.id for citation in answer.citations}
    quoted = {citation.passage.section for citation in answer.citations}
    for hit in answer.hits:
        heading = _clean(hit.passage.section or "")
        if hit.article.id in cited and heading and hit.passage.section not in quoted and _is_subject(heading):
            yield f"What does “{_short(hit.article.title)}” say about {_lowered(heading)}?"


def _provisions(answer: Answer) -> Iterator[str]:
    quoted = {citation.passage.section for citation in answer.citations}
    for hit in answer.hits:
        found = PROVISION.match(_clean(hit.passage.section or ""))
        if found and hit.passage.section not in quoted:
            yield f"What does {found[0]} of “{_short(hit.article.title)}” say?"


def _comparisons(quoted: Sequence[str], others: Sequence[str]) -> Iterator[str]:
    """Of two documents that are near each other: both are quoted, or one was found right behind the other."""
    pair = [*quoted, *others][:2]
    if len(pair) == 2 and _short(pair[0]) != _short(pair[1]):
        yield f"How does “{_short(pair[0])}” compare with “{_short(pair[1])}”?"


def _months(answer: Answer) -> Iterator[str]:
    """What else happened when something in the answer did."""
    named = Counter(month for citation in answer.citations for month in MONTH.findall(citation.quote))
    asked = answer.question
    yield from (f"What happened in {month}?" for month, _ in named.most_common(2) if month not in asked)


def _outlets(answer: Answer) -> Iterator[str]:
    outlets = dict.fromkeys(hit.article.outlet for hit in answer.hits if hit.article.outlet)
    if len(outlets) > 1:  # of a single one there is nothing else to read
        yield from (f"What is new from {_clean(outlet)}?" for outlet in outlets)


def _is_subject(heading: str) -> bool:
    return len(heading.split()) > 1 and len(heading) <= LONGEST and not NO_SUBJECT.match(heading)


def _short(title: str) -> str:
    """A title without what follows its subject."""
    title = _clean(title)
    return re.split(r" [-–—] |: ", title, maxsplit=1)[0] if len(title) > LONGEST else title


def _lowered(heading: str) -> str:
    """As it stands within a sentence: an article or a plain word loses its capital, a name keeps it."""
    first, *rest = heading.split(" ")
    plain = first in ("The", "A", "An") or (rest and rest[0][:1].islower() and first[1:].islower())
    return f"{first.lower()} {' '.join(rest)}" if plain else heading


def _clean(text: str) -> str:
    return " ".join(INVISIBLE.sub("", text).replace("“", "").replace("”", "").split())
