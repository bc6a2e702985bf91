"""What a sentence says beside its words: names, negations, speakers; and whether they are kept in another wording.

No grammar is parsed. A negation reaches over the next telling words of its clause, a speaker is the name next to a verb
of saying, and a name that begins a sentence is told from a common word by what stands beside it.
"""

import functools
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rag.figures import Number, numbers
from rag.lexical import stems
from rag.question import STOP_STEMS, STOP_WORDS
from rag.tokens import Day, Token, stems_of, tokens

REACH = 4  # telling words that a negation reaches over
SPEAKER_NEAR = 6  # tokens between a name and its verb of saying


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


NEGATIONS = _table(
    "not no never neither nor none without nothing nobody nowhere non deny denies denied denying fails failed"
)
NOT_NEGATED = _table("only just merely simply more less fewer later earlier sooner")  # "not only", "no later than"
CLAUSE_WORDS = _table("but while whereas although though because which who")
CLAUSE_MARKS = frozenset(",;:.!?()")
REPORTS = frozenset(
    stems(
        "say said state tell told claim allege accuse argue warn report announce add note believe according stress call"
        " describe deny suggest insist complain blame declare explain"
    )
)
ALLEGATIONS = frozenset(stems("allege allegedly accuse claim purport rumour"))
PRONOUNS = _table("he she they it")
BEFORE_MOVABLE = _table("in at of on for with to from by into over under and or between against about via as than near")
OPENERS = _table(
    "overall additionally moreover furthermore however meanwhile according currently today instead thus hence several"
    " various critics officials experts countries states nations members scientists reports documents participants"
    " signatories parties since despite whereas although though because first second third finally like unlike another"
)
JOINING = _table("of the and for on de in")  # inside a name: "Committee on the Peaceful Uses of Outer Space"
DEMONYMS = (
    "france french",
    "netherlands dutch",
    "britain british uk",
    "america american us",
    "spain spanish",
    "switzerland swiss",
    "thailand thai",
    "uae emirati",
    "denmark danish",
    "poland polish",
    "greece greek",
    "norway norwegian",
    "turkey turkish türkiye",
    "germany german",
    "us washington",
    "china beijing",
    "russia moscow kremlin",
    "ireland irish",
)
SAME_PEOPLE = {
    word: frozenset(other for row in DEMONYMS if word in row.split() for other in row.split())
    for row in DEMONYMS
    for word in row.split()
}
PEOPLE_ENDINGS = frozenset({"", "a", "n", "an", "ian", "ese", "i", "ish", "y", "e", "s", "es"})
OPPOSITES = """
increase/decrease rise/fall more/less more/fewer before/after above/below allow/prohibit allow/ban permit/prohibit
permit/forbid permit/ban support/oppose accept/reject approve/reject succeed/fail success/failure first/last up/down
win/lose join/leave join/withdraw legal/illegal lawful/unlawful with/without begin/end start/end open/closed
largest/smallest larger/smaller bigger/smaller higher/lower highest/lowest most/least early/late earlier/later
public/private major/minor best/worst gain/lose binding/voluntary require/exempt maximum/minimum always/never
smaller/greater faster/slower shorter/longer north/south east/west buy/sell import/export
"""


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in OPPOSITES.split():
        one, other = (stems(word)[0] for word in pair.split("/"))
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {stem: frozenset(others) for stem, others in found.items()}


OPPOSITE = _opposites()


@dataclass(frozen=True, slots=True)
class Name:
    """One word of a name, folded; `free` where no preposition or "and" lets it stand elsewhere in the sentence."""

    text: str
    run: str  # the initials of the whole name, folded
    at: int
    free: bool
    sure: bool  # False: the first word of the sentence, perhaps no name


@dataclass(frozen=True, slots=True)
class Wording:
    """What one sentence says."""

    stems: tuple[str, ...]
    telling: tuple[str, ...]  # stems without function words
    words: frozenset[str]  # folded
    acronyms: frozenset[str]  # folded
    names: tuple[Name, ...]
    numbers: tuple[Number, ...]
    number_places: tuple[int, ...]  # of the numbers, as `Name.at`
    days: tuple[Day, ...]
    denials: tuple[tuple[str, ...], ...]  # the telling stems that each negation reaches
    speakers: frozenset[str]
    reports: bool  # whether someone is said to say something
    alleges: bool

    @property
    def denied(self) -> frozenset[str]:
        """The stems that some negation reaches."""
        return frozenset(stem for denial in self.denials for stem in denial)


def fold(word: str) -> str:
    """A word in lower case, without accents."""
    word = word.lower()
    if word.isascii():
        return word
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


@functools.lru_cache(maxsize=4096)
def wording(sentence: str) -> Wording:
    """What a sentence says."""
    found = tokens(sentence)
    words = [fold(token.text) for token in found]
    stemmed = stems_of(found)
    names = tuple(_names(found, words))
    reports = [at for at, word in enumerate(words) if found[at].is_word and _stem(word) in REPORTS]
    return Wording(
        stems=stemmed,
        telling=tuple(stem for stem in stemmed if stem not in STOP_STEMS),
        words=frozenset(word for word, token in zip(words, found, strict=True) if token.is_word),
        acronyms=frozenset(fold(token.text) for token in found if token.is_word and _is_acronym(token.text)),
        names=names,
        numbers=numbers(found),
        number_places=tuple(at for at, token in enumerate(found) if token.number is not None),
        days=tuple(day for token in found for day in token.days),
        denials=tuple(_denials(found, words)),
        speakers=frozenset(speaker for at in reports for speaker in _speakers(found, words, names, at)),
        reports=bool(reports),
        alleges=not ALLEGATIONS.isdisjoint(stemmed),
    )


@functools.lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    return " ".join(stems(word))


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and sum(map(str.isupper, word)) > 1


# Names ---------------------------------------------------------------------------------------------------------------


def _names(found: Sequence[Token], words: Sequence[str]) -> Iterator[Name]:
    capital = [_is_capital(token, word) for token, word in zip(found, words, strict=True)]
    for at, token in enumerate(found):
        if not capital[at]:
            continue
        first = not any(before.is_word for before in found[:at]) or found[at - 1].text in ('"', ":", "(")
        run = _run(found, capital, at)
        sure = not first or _is_acronym(token.text) or (at + 1 < len(found) and capital[at + 1])
        if sure or not (words[at] in OPENERS or words[at].endswith("ly")):
            before = found[run.start - 1].text.lower() if run.start else ""
            before = found[run.start - 2].text.lower() if before in ("the", "a", "an") and run.start > 1 else before
            free = before not in BEFORE_MOVABLE and before != ","
            yield Name(words[at], _initials(found, words, capital, run), at, free, sure)


def _initials(found: Sequence[Token], words: Sequence[str], capital: Sequence[bool], run: range) -> str:
    """The letters "esa" for the European Space Agency; acronyms in it ("UN Committee on ...") are left out."""
    return "".join(words[one][0] for one in run if capital[one] and not _is_acronym(found[one].text))


def _is_capital(token: Token, word: str) -> bool:
    return token.is_word and token.text[:1].isupper() and (word not in STOP_WORDS or _is_acronym(token.text))


def _run(found: Sequence[Token], capital: Sequence[bool], at: int) -> range:
    """The places of the whole name that the word is part of."""
    start, end = at, at + 1
    while start and (capital[start - 1] or (start > 1 and found[start - 1].text == "of" and capital[start - 2])):
        start -= 1
    while end < len(found) and (capital[end] or _joins(found, capital, end)):
        end += 1
    return range(start, end)


def _joins(found: Sequence[Token], capital: Sequence[bool], at: int) -> bool:
    ahead = next((one for one in range(at, min(at + 3, len(found))) if found[one].text not in JOINING), at)
    return ahead > at and ahead < len(found) and capital[ahead]


def is_named(name: Name, told: Collection[Wording]) -> bool:
    """Whether one of the sentences has the name: as it is, as its initials or spelled out, or as that of its people."""
    for one in told:
        if name.text in one.words or (len(name.run) > 1 and name.run in one.acronyms):
            return True
        if len(name.text) > 1 and any(_abbreviates(name.text, other.run) for other in one.names):
            return True
        if _stem(name.text) in one.stems or any(_same_people(name.text, other.text) for other in one.names):
            return True
    return False


def _abbreviates(short: str, run: str) -> bool:
    if short in run:
        return True
    letters = iter(short)  # "COPUOS" takes a letter of the small words, too
    return len(run) > 3 and len(short) - len(run) in (1, 2) and all(letter in letters for letter in run)


def _same_people(one: str, other: str) -> bool:
    if one[:3] != other[:3] or len(other) < 4:
        return other in SAME_PEOPLE.get(one, ())
    shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= 4 and {one[shared:], other[shared:]} <= PEOPLE_ENDINGS


# Negations and speakers ----------------------------------------------------------------------------------------------


def _denials(found: Sequence[Token], words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for at, word in enumerate(words):
        after = words[at + 1] if at + 1 < len(words) else ""
        if word in NEGATIONS and after not in NOT_NEGATED and not (word == "no" and after == "."):
            yield tuple(_reached(found, words, at + 1))


def _reached(found: Sequence[Token], words: Sequence[str], start: int) -> list[str]:
    reached: list[str] = []
    for token, word in zip(found[start:], words[start:], strict=True):
        if len(reached) == REACH or (reached and (token.text in CLAUSE_MARKS or word in CLAUSE_WORDS)):
            break
        if token.is_word and word not in STOP_WORDS:
            reached.append(_stem(word))
    return reached


def _speakers(found: Sequence[Token], words: Sequence[str], names: Sequence[Name], at: int) -> Iterator[str]:
    """The name or pronoun next to a verb of saying: before it in its clause, else behind it."""
    behind = range(at + 1, min(at + SPEAKER_NEAR, len(found)))
    if words[at] == "according":
        return (yield from _first_run(found, names, behind))
    before = range(at - 1, max(at - SPEAKER_NEAR, -1), -1)
    speakers = list(_first_run(found, names, before))
    if not speakers and at and words[at - 1] in PRONOUNS:
        speakers = [words[at - 1]]
    yield from speakers or _first_run(found, names, range(at + 1, min(at + 4, len(found))))
    return None


def _first_run(found: Sequence[Token], names: Sequence[Name], places: Collection[int]) -> Iterator[str]:
    """The words of the first name met on the way, which ends at a mark."""
    at_names = {name.at: name.text for name in names}
    met = False
    for place in places:
        if place in at_names:
            met = True
            yield at_names[place]
        elif met or found[place].text in CLAUSE_MARKS:
            return
