"""Real texts to measure with: the starter collection, and what SPACE_POLICY_TEST_DATA holds where it is set."""

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SEED = 7


@dataclass(frozen=True, slots=True)
class Text:
    """A document."""

    title: str
    text: str


def texts() -> list[Text]:
    """All there are, each once."""
    found = [*_starter(), *_measured()]
    return list({one.text: one for one in found if len(one.text) > 200}.values())


def _starter() -> Iterator[Text]:
    for file in sorted((CHECKOUT / "corpus/articles").glob("*.md")):
        _, head, text = file.read_text().split("---\n", 2)
        yield Text(str(yaml.safe_load(head)["title"]), text.strip())


def _measured() -> Iterator[Text]:
    folder = Path(os.environ.get("SPACE_POLICY_TEST_DATA", "/nowhere"))
    for row in rows(folder / "bench/cranfield_documents.jsonl"):
        yield Text(row["title"], row["text"])
    for kind in ("answerable", "unanswerable"):
        for row in rows(folder / f"bench/clapnq_{kind}.jsonl"):
            yield Text(row["passages"][0]["title"], row["passages"][0]["text"])
    for row in rows(folder / "bench/qags_cnndm.jsonl"):
        yield Text(row["article"][:60], row["article"])
    for file in sorted(folder.glob("space-law/text/*.txt")):
        yield Text(file.stem.replace("-", " "), file.read_text())


def rows(file: Path) -> list[dict]:
    """The rows of a file of JSON lines; none where there is no such file."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []


def write_documents(folder: Path, characters: int) -> list[Path]:
    """Real documents as Markdown files, about so many characters in all: the same ones each time."""
    folder.mkdir(parents=True, exist_ok=True)
    order = texts()
    random.Random(SEED).shuffle(order)  # noqa: S311 - no secret
    files, written = [], 0
    for number, one in enumerate(order):
        if written >= characters:
            break
        head = yaml.safe_dump({"title": one.title or "untitled", "date": f"20{number % 20 + 5:02}-03-01"})
        file = folder / f"{number:05}.md"
        file.write_text(f"---\n{head}---\n{one.text}\n")
        files.append(file)
        written += len(one.text)
    return files


def questions(limit: int) -> list[str]:
    """Questions of the starter collection and of Cranfield and ClapNQ, mixed: the same ones each time."""
    folder = Path(os.environ.get("SPACE_POLICY_TEST_DATA", "/nowhere"))
    found = [row["question"] for row in rows(CHECKOUT / "corpus/questions.jsonl")]
    found += [row["query"] for row in rows(folder / "bench/cranfield_queries.jsonl")]
    found += [row["input"] for row in rows(folder / "bench/clapnq_answerable.jsonl")]
    random.Random(SEED).shuffle(found)  # noqa: S311 - no secret
    return found[:limit]
