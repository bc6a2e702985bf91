"""Fits the weights of rag/quote_weights.py to questions with known evidence, reports them by cross-validation.

    python tests/quality/fit_quotes.py TEST_DATA [FILE]     (FILE: rag/quote_weights.py; without it, only the report)

TEST_DATA holds golden/, bench/, seeds/ and space-law/; our own questions are in near_misses.jsonl and in corpus/.
Which sentence answers is learned by a listwise logistic model
(softmax over a question's sentences, ridge); whether any does, by logistic regression. Folds are by document, so that
no figure comes from a document that was learned from. Everything is seeded; two minutes on two cores.
"""

import json
import math
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

import rag.sentence_scores
from ingest.pipeline import ingest
from rag.domain import Filters, Hit, Turn
from rag.library import Library
from rag.question import Question, read
from rag.refusal import signs
from rag.required import answering
from rag.retriever import Retriever
from rag.rewrite import standalone
from rag.sentence_scores import COLUMNS, candidates
from rag.settings import Settings

Array = NDArray[np.float64]
FOLDS, SEED, RIDGE = 5, 1, 20.0
LIMIT = 8
EVERY = 10**9  # characters: all sentences that are looked at are embedded by themselves, to learn from
HEAD = '''"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""
'''


@dataclass(frozen=True)
class Asked:
    """One part of a question over a library: what its sentences look like, and which answer."""

    kind: str  # which set it is from
    document: str  # what it is about: one fold
    features: Array
    answers: Array  # 1 for a sentence that answers
    answerable: bool
    seen: dict[str, float]  # the signs of the best that state what an answer must
    states: Array  # 1 for a sentence that states it
    importance: float


def flat(text: str) -> str:
    """Lower case, one space between words."""
    return " ".join(text.split()).lower()


def holds(text: str, evidence: Sequence[str]) -> bool:
    """Whether a sentence says a piece of evidence, whole or by its beginning or end."""
    text = flat(text)
    return any(
        piece in text or (len(text) > 25 and text in piece) or piece[:50] in text or piece[-50:] in text
        for piece in map(flat, evidence)
    )


def ask(library: Library, question: Question, hits: Sequence[Hit], says: Callable[[Hit, str], bool]) -> Iterator[Any]:
    """For each part: its sentences, and which say the evidence."""
    for part in question.parts:
        found = candidates(part, hits, library)
        if found:
            labels = np.array([float(says(one.hit, one.text)) for one in found])
            stating = answering(part, found, library)
            states = np.array([float(any(one is other for other in stating)) for one in found])
            yield np.array([one.features for one in found]), labels, signs(part, stating or found, library), states


def golden(data: Path, home: Path) -> Iterator[Asked]:
    """The golden questions, our near misses, and questions about other things, over the fifteen documents."""
    files = [*sorted((data / "seeds").glob("*.txt")), *sorted((data / "space-law" / "text").glob("*.txt"))]
    with opened(home, files) as library:
        names = {article.id: Path(article.source).stem for article in library.articles()}
        retriever = Retriever(library)
        for row in rows(data / "golden" / "questions.jsonl"):
            yield from known(row, retriever, names)
        for row in ours("law"):
            kind = "golden answerable, ours" if row["answerable"] else "golden near, ours"
            document = row.get("source", row["question"])
            yield from unlabelled(row["question"], retriever, kind, row["answerable"], 2.0, document)
        for row in rows(data / "bench" / "clapnq_unanswerable.jsonl")[:60]:
            yield from unlabelled(row["input"], retriever, "golden far", False, 2.0)


def ours(over: str) -> list[dict[str, Any]]:
    """Our own questions over one of the two libraries."""
    return [row for row in rows(Path(__file__).with_name("near_misses.jsonl")) if row["over"] == over]


def starter(data: Path, home: Path) -> Iterator[Asked]:
    """The questions of the starter collection, our own besides, and questions about other things."""
    with opened(home, [Path(__file__).parents[2] / "corpus" / "articles"]) as library:
        names = {article.id: Path(article.source).stem for article in library.articles()}
        retriever = Retriever(library)
        corpus = Path(__file__).parents[2] / "corpus"
        for row in rows(corpus / "questions.jsonl"):
            if row["answerable"]:
                yield from known(row, retriever, names, "starter")
            else:
                yield from unlabelled(row["question"], retriever, f"starter {row['kind']}", False, 2.0)
        for row in rows(data / "bench" / "clapnq_unanswerable.jsonl")[60:120]:
            yield from unlabelled(row["input"], retriever, "starter far", False, 1.0)
        for row in ours("starter"):
            if row["answerable"]:
                golden_row = {"history": [], "evidence": [row["evidence"]], "sources": [row["source"]], "kind": ""}
                yield from known({**row, **golden_row}, retriever, names, "starter")
            else:
                yield from unlabelled(row["question"], retriever, "starter near", False, 2.0)


def known(
    row: dict[str, Any], retriever: Retriever, names: dict[str, str], collection: str = "golden"
) -> Iterator[Asked]:
    """A golden question; once more without the passages that hold its evidence, as a near miss."""
    text = standalone(row["question"], [Turn(*turn) for turn in row["history"]])
    hits, evidence = retriever.search(text, 2 * LIMIT), row["evidence"]
    name = row["sources"][0] if row["sources"] else row["id"]

    def says(hit: Hit, sentence: str) -> bool:
        return names[hit.article.id] in row["sources"] and holds(sentence, evidence)

    for x, y, seen, states in ask(retriever.library, read(text), hits[:LIMIT], says):
        yield Asked(f"{collection} {row['kind']}", name, x, y, row["answerable"], seen, states, 2.0)
    if row["answerable"]:
        left = [hit for hit in hits if not any(flat(piece)[:60] in flat(hit.passage.text) for piece in evidence)]
        for x, y, seen, states in ask(retriever.library, read(text), left[:LIMIT], says):
            if not y.any():
                yield Asked(f"{collection} left out", name, x, y, False, seen, states, 0.5)


def unlabelled(
    text: str, retriever: Retriever, kind: str, answerable: bool, importance: float, document: str = ""
) -> Iterator[Asked]:
    """A question of which only this is known: whether it has an answer."""
    for x, y, seen, states in ask(
        retriever.library, read(text), retriever.search(text, LIMIT), lambda hit, sentence: False
    ):
        yield Asked(kind, document or text, x, y, answerable, seen, states, importance)


def clapnq(data: Path, home: Path) -> Iterator[Asked]:
    """ClapNQ: each question over all passages, and over its own passage alone."""
    folder = home.parent / "clapnq"
    folder.mkdir()
    questions = []
    for file in ("answerable", "unanswerable"):
        for number, row in enumerate(rows(data / "bench" / f"clapnq_{file}.jsonl")):
            name, passage = f"{file[0]}{number:03}", row["passages"][0]
            title = yaml.safe_dump({"title": passage["title"]}, allow_unicode=True)
            (folder / f"{name}.md").write_text(f"---\n{title}---\n{passage['text']}\n")
            questions.append((name, row["input"], row["output"][0]["selected_sentences"]))
    with opened(home, [folder]) as library:
        retriever = Retriever(library)
        names = {article.id: Path(article.source).stem for article in library.articles()}
        for article, name in names.items():
            text, selected = next((text, selected) for known, text, selected in questions if known == name)
            for kind, filters in (("clapnq", Filters()), ("clapnq alone", Filters(articles=(article,)))):
                yield from selecting(kind, article, text, selected, retriever, filters)


def selecting(
    kind: str, article: str, text: str, selected: Sequence[str], retriever: Retriever, filters: Filters
) -> Iterator[Asked]:
    """A ClapNQ question with the sentences that people selected."""
    chosen = [flat(sentence) for sentence in selected]

    def says(hit: Hit, sentence: str) -> bool:
        return hit.article.id == article and any(flat(sentence) in one or one in flat(sentence) for one in chosen)

    question = Question(text, read(text).parts[:1], False)
    for x, y, seen, states in ask(retriever.library, question, retriever.search(text, LIMIT, filters), says):
        yield Asked(kind, text, x, y, bool(selected), seen, states, 1.0)


def rows(path: Path) -> list[dict[str, Any]]:
    """A JSON object per line."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def opened(home: Path, files: Sequence[Path]) -> Library:
    """A library made of these files."""
    library = Library.open(replace(Settings.from_env(), home=home, embedding="minilm"))
    ingest(files, library)
    return library


def fit_ranking(asked: Sequence[Asked]) -> Array:
    """Weights of COLUMNS: gradient descent (Adam) on the softmax loss of each question's sentences."""
    asked = [one for one in asked if 0 < one.answers.sum() < len(one.answers)]
    stacked = np.vstack([one.features for one in asked])
    middle, spread = stacked.mean(axis=0), stacked.std(axis=0)
    spread[spread < 1e-9] = 1
    scaled = [((one.features - middle) / spread, one.answers, one.importance) for one in asked]
    weights, mean, square = (np.zeros(len(COLUMNS)) for _ in range(3))
    total = sum(one.importance for one in asked)
    for step in range(1, 801):
        slope = RIDGE * weights / total
        for features, answers, importance in scaled:
            likely = softmax(features @ weights)
            right = likely * answers
            slope += importance / total * (features.T @ (likely - right / max(right.sum(), 1e-12)))
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope * slope
        pace = 0.05 if step < 500 else 0.01
        weights -= pace * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights / spread


def softmax(values: Array) -> Array:
    """Positive, with sum 1."""
    powers: Array = np.exp(values - values.max())
    return powers / powers.sum()


def fit_certainty(asked: Sequence[Asked], ridge: float = 3.0) -> Array:
    """Weights of the signs, the constant last: logistic regression by Newton's method."""
    features = np.array([list(one.seen.values()) for one in asked])
    wanted = np.array([float(one.answerable) for one in asked])
    importance = np.array([one.importance for one in asked])
    middle, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread < 1e-9] = 1
    scaled = np.column_stack([(features - middle) / spread, np.ones(len(features))])
    weights = np.zeros(scaled.shape[1])
    penalty = ridge * np.eye(len(weights))
    penalty[-1, -1] = 1e-9
    for _ in range(15):
        likely = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        slope = scaled.T @ (importance * (likely - wanted)) + penalty @ weights
        weights -= np.linalg.solve(scaled.T @ (scaled * (importance * likely * (1 - likely))[:, None]) + penalty, slope)
    own = weights[:-1] / spread
    return np.append(own, weights[-1] - own @ middle)


def folds(asked: Sequence[Asked], seed: int = SEED) -> Iterator[tuple[list[Asked], list[Asked]]]:
    """To learn from, and to measure on: no document is in both."""
    documents = sorted({one.document for one in asked})
    np.random.default_rng(seed).shuffle(documents)
    of = {document: number % FOLDS for number, document in enumerate(documents)}
    for fold in range(FOLDS):
        yield ([one for one in asked if of[one.document] != fold], [one for one in asked if of[one.document] == fold])


def taught(asked: Sequence[Asked]) -> list[Asked]:
    """What the ranking is learned from: golden questions and ClapNQ over all its passages."""
    return [one for one in asked if one.answerable and one.kind != "clapnq alone"]


def scored(asked: Sequence[Asked], weights: Array) -> list[Asked]:
    """Those that state what an answer must, with the best score by these weights, and not by those that are in use."""
    return [
        replace(one, seen={**one.seen, "score": float((one.features @ weights)[one.states > 0].max())})
        for one in asked
        if one.states.any()
    ]


def average_precision(answers: Array, scores: Array) -> float:
    """Over the sentences of one question."""
    ordered = answers[np.argsort(-scores)]
    return float((np.cumsum(ordered) / np.arange(1, len(ordered) + 1))[ordered > 0].mean())


def area(right: Sequence[float], wrong: Sequence[float]) -> float:
    """Under the ROC curve: how often a right one is above a wrong one."""
    one, other = np.array(right)[:, None], np.array(wrong)[None, :]
    return float((one > other).mean() + 0.5 * (one == other).mean())


def report(asked: Sequence[Asked], as_used: Sequence[Asked]) -> Iterator[str]:
    """Both models by cross-validation: learned from the one, measured on the other, where less is embedded."""
    ranks: dict[str, list[tuple[float, ...]]] = {}
    sure: dict[str, list[float]] = {}
    for (learned, _), (_, measured) in zip(folds(asked), folds(as_used), strict=True):
        weights = fit_ranking(taught(learned))
        certainty = fit_certainty(scored(learned, weights))
        for one in [*scored(measured, weights), *(one for one in measured if not one.states.any())]:
            group = collection_of(one.kind)
            value = float(np.array(list(one.seen.values())) @ certainty[:-1] + certainty[-1])
            value = value if one.states.any() else -math.inf
            sure.setdefault(f"{group} answerable" if one.answerable else one.kind, []).append(value)
            if one.answerable and one.answers.any():
                scores, own = one.features @ weights, one.features[:, COLUMNS.index("own")]
                first, cosine = (float(one.answers[np.argmax(by)]) for by in (scores, own))
                precision = average_precision(one.answers, scores), average_precision(one.answers, own)
                ranks.setdefault(group, []).append((*precision, first, cosine))
    for group, found in ranks.items():
        learned_ap, cosine_ap, first, cosine = np.mean(found, axis=0)
        told = f"{group:14} average precision {learned_ap:.3f} (cosine {cosine_ap:.3f})"
        yield f"{told}, best right {first:.3f} ({cosine:.3f})"
    for kind, values in sure.items():
        if not kind.endswith(" answerable"):
            right = sure[f"{collection_of(kind)} answerable"]
            bar = float(np.quantile(right, 0.05))
            refused = np.mean(np.array(values) < bar)
            yield f"{kind:28} AUC {area(right, values):.3f}, refused {refused:.2f} where 5 % of the answerable are"


def collection_of(kind: str) -> str:
    """What the questions of a kind are asked over."""
    first = kind.split()[0]
    return first if first in ("golden", "starter") else kind


def written(asked: Sequence[Asked]) -> str:
    """The file of weights, from all there is."""
    weights = fit_ranking(taught(asked))
    ranking = dict(zip(COLUMNS, weights, strict=True))
    certainty = dict(zip((*asked[0].seen, ""), fit_certainty(scored(asked, weights)), strict=True))
    tables = [
        "\n".join([f"{name} = {{", *(f'    "{key}": {value:.3f},' for key, value in table.items()), "}"])
        for name, table in (("WEIGHTS", ranking), ("CERTAINTY", certainty))
    ]
    return f"{HEAD}\n" + "\n\n".join(tables) + "\n"


def collected(data: Path, closely: int) -> list[Asked]:
    """All questions, with sentences of so many characters of each part embedded by themselves."""
    rag.sentence_scores.CLOSELY = closely
    with tempfile.TemporaryDirectory() as folder:
        return [
            *golden(data, Path(folder) / "golden"),
            *starter(data, Path(folder) / "starter"),
            *clapnq(data, Path(folder) / "all"),
        ]


def main() -> None:
    """Reports, then writes."""
    data = Path(sys.argv[1])
    closely = rag.sentence_scores.CLOSELY
    asked = collected(data, EVERY)
    print(*report(asked, collected(data, closely)), sep="\n")  # noqa: T201 - a script
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(written(asked))


if __name__ == "__main__":
    main()
