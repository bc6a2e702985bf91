"""Slips of spelling in a question, set right by the words of the library.

Only a word that no passage holds is looked at, and only one that is no word of English either, as far as MiniLM's
vocabulary tells. It gives way to the most frequent word of the passages that is one edit away (Damerau, 1964), or two
where it is long, and that begins as it does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rag.domain import Filters
from rag.lexical import stems
from rag.library import Library

SHORTEST, LONGEST = 5, 40  # letters; shorter words have too many neighbours, longer ones are no words
LONG = 9  # letters from which two edits are allowed
COMPOUND = 2  # pieces of a word that is likely to be made of two words of English
ENDING = 3  # letters by which the stems of a word and of a slip of it may differ in length
BEGINNING = 2  # letters that must be right where two edits are made
LOOKED_UP = 5  # candidates whose passages are looked at
PASSAGES = 5  # of each
WORD = re.compile(r"(?<![\w’'-])[^\W\d_]+(?![\w-])")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Spelled:
    """A question with its slips set right."""

    text: str
    slips: tuple[tuple[str, str], ...]  # as typed, as searched for

    @property
    def notices(self) -> tuple[str, ...]:
        """What was searched for instead, in words."""
        return tuple(f"Searched for “{meant}” instead of “{typed}”." for typed, meant in self.slips)


def spelled(question: str, library: Library) -> Spelled:
    """The question as it will be searched for; as it is where all its words are known."""
    words = dict.fromkeys(
        word for word in WORD.findall(question) if SHORTEST <= len(word) <= LONGEST and not word.isupper()
    )
    counts = library.word_counts(list({_stem(word) for word in words})) if words else {}
    slips = {}
    for word in words:
        name = word[0].isupper() and not question.startswith(word)
        if not counts[_stem(word)] and (meant := _meant(word, name, library)):
            slips[word] = meant
    return Spelled(WORD.sub(lambda one: slips.get(one[0], one[0]), question), tuple(slips.items()))


def edits(one: str, other: str) -> int:
    """How many letters are to be put in, left out, changed or swapped with the next to make one of the other."""
    before, last = [0] * (len(other) + 1), list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, against in enumerate(other, 1):
            line.append(min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != against)))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                line[-1] = min(line[-1], before[column - 2] + 1)
        before, last = last, line
    return last[-1]


def _stem(word: str) -> str:
    return "".join(stems(word))


def _meant(word: str, name: bool, library: Library) -> str | None:
    """The word of the library that was meant; None where there is none."""
    pieces = library.embedding.count_pieces([word])[0]  # a word that it knows is one piece
    if pieces == 1:
        return None
    roots = {one: _stem(one) for one in sorted(_one_edit(word.lower()))}
    found = _held(word, name, 1, {root: one for one, root in roots.items() if root}, library)
    if found is None and not name:  # "difference", where the texts have "differ"
        counts = library.word_counts(list(set(roots.values())))
        known = [one for one, root in roots.items() if counts[root]]
        whole = [one for one, size in zip(known, library.embedding.count_pieces(known), strict=True) if size == 1]
        found = max(whole, key=lambda one: counts[_stem(one)], default=None)
    if found or len(word) < LONG or pieces == COMPOUND:
        return found
    root = _stem(word)
    alike = [stem for stem in library.words_beginning(root[:BEGINNING]) if abs(len(stem) - len(root)) <= ENDING]
    close = {stem: stem for stem in alike if min(edits(root, stem), edits(word.lower()[: len(stem)], stem)) <= 2}
    return _held(word, name, 2, close, library)


def _one_edit(word: str) -> set[str]:
    """All that is one edit away, the first letter kept or swapped with the second."""
    cuts = [(word[:at], word[at:]) for at in range(1, len(word) + 1)]
    swapped = {f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}" for at in range(len(word) - 1)}
    less = {head + tail[1:] for head, tail in cuts if tail}
    other = {head + letter + tail[1:] for head, tail in cuts if tail for letter in LETTERS}
    more = {head + letter + tail for head, tail in cuts for letter in LETTERS}
    return swapped | less | other | more


def _held(word: str, name: bool, most: int, near: Mapping[str, str], library: Library) -> str | None:
    """The form nearest to the word of the most frequent stem that the texts hold in such a form.

    `near`: stem -> a word that has it. A `name` gives way to a name only.
    """
    counts = library.word_counts(list(near))
    for stem in sorted((stem for stem in counts if counts[stem]), key=lambda stem: (-counts[stem], stem))[:LOOKED_UP]:
        ids = [found for found, _ in library.best_words(near[stem], PASSAGES, Filters())]
        texts = [f"{card.title}\n{passage.text}" for passage, card in library.passages(ids).values()]
        forms = {form for text in texts for form in WORD.findall(text) if form[0].isupper() or not name}
        ranked = [(edits(form.lower(), word.lower()), form[0].isupper() != word[0].isupper(), form) for form in forms]
        distance, _, form = min(ranked, default=(most + 1, False, ""))
        if distance <= most:
            return form if word[0].islower() else form[0].upper() + form[1:]
    return None
