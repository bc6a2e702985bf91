"""What else things are called: names by their initials, and words of law and policy by others that mean the same."""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rag.lexical import stems

ACRONYM = re.compile(r"\b[A-Z]{3,8}\b")
_SMALL = r"(?:of|the|and|for|on|in|to)"
RUN = re.compile(rf"\b[A-Z][a-z]+(?:(?:[\s-]+{_SMALL})*[\s-]+[A-Z][a-z]+){{2,}}")
SYNONYMS = tuple(
    tuple(line.split())
    for line in """
    prohibit forbid ban bar outlaw
    allow permit authorize entitle
    require oblige compel must
    liable responsible accountable
    own property possess ownership
    country nation state
    join accede sign member
    leave withdraw quit exit
    pay compensate reimburse
    cost expense
    help assist aid
    tell inform notify report
    rocket launch launcher
    crew astronaut personnel
    spacecraft satellite craft
    junk debris
    change amend modify
    begin start commence
    end terminate finish
    cooperate collaborate partner
    block obstruct hinder hamper
    accuse allege blame
    weapon arms
    goal aim purpose objective
    rule principle guideline
    group body committee
    build construct establish
    found establish create
    choose select pick elect
    crash collide collision
    buy purchase acquire
    answer reply respond
    reject refuse decline
    weigh mass weight
    fine penalty
    picture image photograph
    company firm business
    law act statute
    height altitude
    plan intend envisage
    danger risk hazard threat
    protect safeguard preserve
    moon lunar
    mars martian
    sun solar
    """.strip().splitlines()
)
INITIAL = re.compile(r"\b[A-Z]")


@dataclass(frozen=True, slots=True)
class OtherName:
    """What else something is called that a question names."""

    pattern: re.Pattern[str]  # finds it in a text
    stems: frozenset[str]  # as the question calls it
    words: str  # as a text may call it; "" where only the pattern tells


def other_names(question: str) -> tuple[OtherName, ...]:
    """The full names of its acronyms, the acronyms of its full names, and words that mean the same as its own."""
    return (*_full(question), *_short(question))


def same_meaning(question: str) -> tuple[str, ...]:
    """The words that mean about the same as one of its own, and are not among them."""
    asked = frozenset(stems(question))
    return tuple(dict.fromkeys(word for stem, word in _others() if stem in asked and asked.isdisjoint(stems(word))))


@functools.cache
def _others() -> tuple[tuple[str, str], ...]:
    """Stem, another word of its group."""
    return tuple((stem, other) for group in SYNONYMS for word in group for stem in stems(word) for other in group)


@functools.cache
def synonyms() -> Mapping[str, frozenset[str]]:
    """Stem -> the stems that mean about the same."""
    groups = [frozenset(stems(" ".join(group))) for group in SYNONYMS]
    return {
        stem: frozenset[str]().union(*(group for group in groups if stem in group)) - {stem}
        for stem in frozenset[str]().union(*groups)
    }


def _full(question: str) -> Iterator[OtherName]:
    between = rf"[\s-]+(?:{_SMALL}[\s-]+)*"
    for short in dict.fromkeys(ACRONYM.findall(question)):
        words = [rf"[{letter}{letter.lower()}]\w+" for letter in short]
        words[0], words[-1] = rf"(?!{_SMALL}\b){words[0]}", rf"(?!{_SMALL}\b){words[-1]}"
        yield OtherName(re.compile(rf"\b{between.join(words)}"), frozenset(stems(short)), "")


def _short(question: str) -> Iterator[OtherName]:
    for name in dict.fromkeys(RUN.findall(question)):
        short = "".join(INITIAL.findall(name))
        yield OtherName(re.compile(rf"\b{short}\b"), frozenset(stems(name)), short)
