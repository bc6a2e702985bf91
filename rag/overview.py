"""Answers to messages that ask for no fact, made of leads, dates and the catalog; statements are quotes here too."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from rag.domain import ArticleCard, Citation, Filters, Hit, Statement, Support, Turn
from rag.holdings import holdings
from rag.leads import Picked, collapsed, lead, sentences, stands_alone, summary
from rag.lexical import stems
from rag.library import Library
from rag.message_forms import Kind
from rag.messages import CHATTING, Message
from rag.minilm import MiniLM
from rag.other_names import other_names, synonyms
from rag.periods import first_day_in, words_of
from rag.question import telling
from rag.quotes import Quoted
from rag.retriever import Retriever
from rag.sentence_scores import SOURCES

MOST = 6  # articles in one overview
DEPTH = 40  # passages in which a topic or a date is looked for
HELD = 0.75  # of the telling words of a topic, from which a passage with its title is about it
NEAR = 0.47  # cosine of a topic and a sentence, from which that is about it in other words (measured with MiniLM)
TITLED = 0.5  # likeness of a topic and a title (Dice), from which the title is meant where others have the words too

HELLO = "Hello."
WELCOME = "You are welcome. Ask on whenever you like."
PURPOSE = "I answer questions from the documents in this library and quote the words that say it, with outlet and date."
EXAMPLES = "Ask for a fact, or “What's new?”, “What do you have on …?”, “What happened in …?”, “Summarise …”."
WHICH_ONE = "Say which article to summarise: by its title, or choose one article in the scope."
NOT_AN_OUTLET = "No article in the library is from an outlet called “{}”."
FROM_DATES = "No article in the library was published then; these sentences name the time."


@dataclass(frozen=True, slots=True)
class Overview:
    """What came of a message that asks for no fact."""

    quoted: Quoted
    text: str  # of an answer that says nothing of any document; "" of every other
    hits: tuple[Hit, ...]
    filters: Filters  # as applied
    notices: tuple[str, ...]


def overview(
    message: Message, history: Sequence[Turn], filters: Filters, library: Library, retriever: Retriever
) -> Overview:
    """The answer to a message; a refusal (`quoted` has no statements, no `text`) where there is no material."""
    seen = _Seen(message, filters, library, retriever)
    if message.kind in CHATTING:
        return Overview(_quoted(()), seen.said(), (), filters, ())
    if message.kind is Kind.SUMMARY:
        return seen.summary(history)
    return seen.topic() if seen.message.topic else seen.articles()


class _Seen:
    """A message in front of a library."""

    def __init__(self, message: Message, filters: Filters, library: Library, retriever: Retriever) -> None:
        self.library = library
        self._retriever = retriever
        cards = library.cards(filters)
        outlets = _outlets(message.outlet, cards.values())
        self._notices: tuple[str, ...] = ()
        if message.outlet and not outlets:  # a name that is no outlet's is a topic
            self._notices = (NOT_AN_OUTLET.format(message.outlet),)
            message = replace(message, topic=f"{message.topic} {message.outlet}".strip())
        self.message = message
        self.filters = replace(
            filters,
            outlets=outlets or filters.outlets,
            since=max(filter(None, (filters.since, message.since)), default=None),
            until=min(filter(None, (filters.until, message.until)), default=None),
        )
        self.cards = library.cards(self.filters)

    # What is said of the library itself ------------------------------------------------------------------------------

    def said(self) -> str:
        """The words for what asks for nothing of any document."""
        held = holdings(self.cards.values(), filtered=bool(self.filters))
        return {
            Kind.GREETING: f"{HELLO} {PURPOSE} {held} {EXAMPLES}",
            Kind.THANKS: WELCOME,
            Kind.ABILITIES: f"{PURPOSE} {held} {EXAMPLES}",
            Kind.HOLDINGS: " ".join((*self._notices, held)),
        }[self.message.kind]

    # What is quoted --------------------------------------------------------------------------------------------------

    def articles(self) -> Overview:
        """The leads of the articles that pass: the newest first, those of a time in its order."""
        dated = self.message.kind is Kind.PERIOD
        groups = _newest(collapsed(list(self.cards.values())[::-1], self.library, self.filters))
        if dated and not groups:
            return self._on_date()
        picked = [one for group in groups[:MOST] if (one := lead(group, self.library))]
        return self._overview(picked[::-1] if dated else picked, _shown(len(picked), len(groups)))

    def topic(self) -> Overview:
        """One sentence of each article about a topic, the newest first."""
        topic = self.message.topic
        asked = self._retriever.vector(topic)
        hits: dict[str, list[Hit]] = {}
        for hit in self._retriever.search(topic, DEPTH, self.filters):
            if not SOURCES.match(hit.passage.section or "") and self._is_about(hit, topic, asked):
                hits.setdefault(hit.article.id, []).append(hit)
        groups: list[Sequence[ArticleCard]] = [(found[0].article, *found[0].also_in) for found in hits.values()]
        # The newest of all; else the newest first of those that are nearest.
        nearest = _newest(groups)[:MOST] if self.message.kind is Kind.LATEST else _newest(groups[:MOST])
        picked = [self._on_topic(group, hits[group[0].id], asked) for group in nearest]
        return self._overview(list(filter(None, picked)), _shown(len(nearest), len(groups)))

    def summary(self, history: Sequence[Turn]) -> Overview:
        """The best sentences of one article."""
        if self.message.topic:
            named = self._named(self.message.topic)
            if not named:
                return self.topic()
            group = collapsed([named], self.library, self.filters)[0]
        else:
            card = self._spoken_of(history)
            if card is None:
                return self._overview((), (WHICH_ONE,))
            group = (card,)
        return self._overview(summary(group, self.library))

    def _overview(self, picked: Sequence[Picked], notices: tuple[str, ...] = ()) -> Overview:
        hits = {one.passage.id: one.hit for one in picked}
        return Overview(_quoted(picked), "", tuple(hits.values()), self.filters, (*self._notices, *notices))

    def _is_about(self, hit: Hit, topic: str, asked: NDArray[np.float32]) -> bool:
        """Whether a passage names the topic, or a sentence of it says it in other words."""
        weights = self.library.weights(telling(topic))
        text = f"{hit.article.title} {hit.passage.section or ''} {hit.passage.text}"
        words = set(stems(text)).union(*(name.stems for name in other_names(topic) if name.pattern.search(text)))
        held = sum(w for stem, w in weights.items() if stem in words or words & synonyms().get(stem, frozenset()))
        if held >= HELD * sum(weights.values()) > 0:
            return True
        own = self.library.sentences([hit.passage.id]).values()
        return isinstance(self.library.embedding, MiniLM) and any((one.vectors @ asked).max() >= NEAR for one in own)

    def _on_topic(self, group: Sequence[ArticleCard], hits: Sequence[Hit], asked: NDArray[np.float32]) -> Picked | None:
        """The lead, where it names the topic; else the nearest sentence that can stand alone."""
        first = lead(group, self.library)
        wanted = set(telling(self.message.topic))
        if first and wanted <= set(stems(f"{first.text} {first.article.title}")) and wanted & set(stems(first.text)):
            return first
        found = sentences(group, [hit.passage for hit in hits], self.library)
        fit = filter(stands_alone, found)
        return max(fit, key=lambda one: _covered(wanted, one.text) + float(one.vector @ asked), default=first)

    def _on_date(self) -> Overview:
        """Sentences that say what was at that time, of articles published at others."""
        filters = replace(self.filters, since=None, until=None)
        since, until = self.message.since, self.message.until
        picked: dict[str, tuple[date, Picked]] = {}
        for hit in self._retriever.search(words_of(since, until), DEPTH, filters):
            for one in sentences((hit.article, *hit.also_in), [hit.passage], self.library):
                day = first_day_in(one.text, since, until) if stands_alone(one) else None
                if day:
                    picked.setdefault(hit.article.id, (day, one))
        found = sorted(list(picked.values())[:MOST], key=lambda pair: pair[0])
        result = self._overview([one for _, one in found], (FROM_DATES,) if found else ())
        return replace(result, filters=filters)

    def _named(self, topic: str) -> ArticleCard | None:
        """The article whose id or title is the topic, if it is one."""
        if topic in self.cards:
            return self.cards[topic]
        wanted = set(telling(topic))
        likeness = {}
        for card in self.cards.values():
            title = set(telling(card.title))
            if wanted and title and (wanted <= title or title <= wanted):
                likeness[card.id] = 2 * len(wanted & title) / (len(wanted) + len(title))
        best = sorted(likeness, key=lambda name: -likeness[name])
        groups = collapsed([self.cards[name] for name in best], self.library, self.filters)
        if len(groups) > 1 and (likeness[best[0]] < TITLED or likeness[best[0]] == likeness.get(groups[1][0].id)):
            return None
        return self.cards[best[0]] if best else None

    def _spoken_of(self, history: Sequence[Turn]) -> ArticleCard | None:
        """The one article in the scope, or the first that the last answer quotes."""
        if len(self.cards) == 1:
            return next(iter(self.cards.values()))
        for turn in reversed(history):
            said = turn.answer.split(" [1]")[0].strip()
            if " [1]" in turn.answer and said:
                hits = self._retriever.search(said, MOST, self.filters)
                exact = (hit for hit in hits if " ".join(said.split()) in " ".join(hit.passage.text.split()))
                found = next(exact, hits[0] if hits else None)
                return found.article if found else None
        return None


def _outlets(name: str, cards: Iterable[ArticleCard]) -> tuple[str, ...]:
    """The outlets that a name means: those of just that name, else those that begin with it."""
    known = dict.fromkeys(card.outlet for card in cards if card.outlet)
    name = name.casefold().removeprefix("the ").strip()
    if not name:
        return ()
    plain = {outlet: outlet.casefold().removeprefix("the ") for outlet in known}
    exact = tuple(outlet for outlet, said in plain.items() if said == name)
    return exact or tuple(outlet for outlet, said in plain.items() if f"{said} ".startswith(f"{name} "))


def _newest(groups: Iterable[Sequence[ArticleCard]]) -> list[Sequence[ArticleCard]]:
    """The newest first, undated last; of one day as they come."""
    return sorted(groups, key=lambda group: group[0].published or date.min, reverse=True)


def _covered(wanted: set[str], text: str) -> float:
    return len(wanted & set(stems(text))) / len(wanted) if wanted else 0.0


def _shown(shown: int, there: int) -> tuple[str, ...]:
    return (f"{shown} of {there} articles are shown.",) if shown < there else ()


def _quoted(picked: Sequence[Picked]) -> Quoted:
    statements, citations = [], []
    for number, one in enumerate(picked, 1):
        passage = one.passage
        start, end = passage.start + one.start, passage.start + one.end
        citations.append(Citation(number, one.text, start, end, passage, one.article, one.also_in))
        statements.append(Statement(" ".join(one.text.split()), (number,), Support.VERIFIED, 1.0))
    return Quoted(tuple(statements), tuple(citations), float(bool(picked)))
