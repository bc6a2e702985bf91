"""Children that write to a library, and are killed while they do.

Run as a program: one JSON order a line on standard input, one JSON answer a line on standard output. All imports are
done here and nothing is opened, so that a child is there in milliseconds.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import chromadb  # noqa: F401 - imported before the fork
import langchain_openai  # noqa: F401 - likewise
import onnxruntime  # noqa: F401 - likewise
import tokenizers  # noqa: F401 - likewise

from ingest.pipeline import Progress, ingest
from ingest.resplit import reindex
from rag.domain import Filters
from rag.library import Library
from rag.settings import Settings
from ui.doctor import examine

SEARCHED = 25  # articles looked for after each kill, besides those that are new


def settings(home: str, **others: Any) -> Settings:  # noqa: ANN401 - of many types
    """A library of its own."""
    return replace(
        Settings.from_env(), **{"home": Path(home), "starter": False, "model": None, "embedding": "minilm", **others}
    )


def settings_in(order: dict[str, Any]) -> Settings:
    """Those that an order names."""
    return settings(order["home"], **order.get("settings", {}))


def forked(work: Callable[[int], None], wait: Callable[[int], None] = lambda pid: None) -> tuple[int, str]:
    """Does the work in a child, which may write to the descriptor it is given. Returns its status and what it wrote."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        code = 1
        try:
            work(write)
            code = 0
        except BaseException as error:  # noqa: BLE001 - a child must never return into its parent's loop
            os.write(write, f"error {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(code)
    os.close(write)
    wait(pid)
    with os.fdopen(read) as told:
        said = told.read()
    return os.waitpid(pid, 0)[1], said


def _dying(order: dict[str, Any]) -> Callable[[str], None]:
    left = order.get("nth", 0)

    def at_step(step: str) -> None:
        nonlocal left
        if step == order.get("step"):
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return at_step


def _tell(tell: int, progress: Progress) -> None:
    os.write(tell, f"{progress.passages}\n".encode())


def write_and_die(order: dict[str, Any]) -> dict[str, Any]:
    """Ingests, or without sources indexes anew; dies after so many seconds, or at the nth time that a step is done."""
    at_step = _dying(order)

    def work(tell: int) -> None:
        with Library.open(settings_in(order), on_step=at_step) as library:
            if order["chroma"]:
                library.use_chroma()
                library.wait_for_chroma(60)
            os.write(tell, b"0\n")
            if order["sources"]:
                ingest(order["sources"], library, progress=lambda progress: _tell(tell, progress))
            else:
                reindex(library)
        os.write(tell, b"done\n")

    def kill_later(pid: int) -> None:
        if "seconds" in order:
            time.sleep(order["seconds"])
            os.kill(pid, signal.SIGKILL)

    status, said = forked(work, kill_later)
    lines = said.split("\n")[:-1]  # what follows the last line end was not said in full
    errors = [line for line in lines if line.startswith("error")]
    reported = max((int(line) for line in lines if line.isdigit()), default=0)
    return {"killed": os.WIFSIGNALED(status), "reported": reported, "done": "done" in lines, "errors": errors}


def look(order: dict[str, Any]) -> dict[str, Any]:
    """Opens the library as the next owner, and says what is wrong with it."""

    def work(tell: int) -> None:
        os.write(tell, json.dumps(examined(order)).encode())

    status, said = forked(work)
    return json.loads(said) if said.startswith("{") else {"problems": [f"status {status}: {said}"]}


def _doctor(order: dict[str, Any]) -> list[str]:
    return [f"{one.name}: {one.says}" for one in examine(lambda: settings_in(order)) if not one.ok]


def examined(order: dict[str, Any]) -> dict[str, Any]:
    """What is in the library, and which articles are not as they should be."""
    expected: dict[str, list[list[Any]]] = order["expected"]
    problems = []
    with Library.open(settings_in(order)) as library:
        if order["chroma"]:
            library.use_chroma()
            if not library.wait_for_chroma(120):
                problems.append("Chroma did not come back")
        articles = library.articles()
        for article in articles:
            passages = library.passages_of(article)
            whole = [article.text, len(passages)]
            if whole not in expected[article.source]:
                problems.append(f"{article.source} is neither its old nor its new self")
            if any(article.text[one.start : one.end] != one.text for one in passages):
                problems.append(f"{article.source} has passages that are not its own")
        for article in random.Random(0).sample(articles, min(SEARCHED, len(articles))):  # noqa: S311 - no secret
            alone = Filters(articles=(article.id,))
            title = article.title + " " + article.text[:200]
            if not library.best_words(title, 1, alone):
                problems.append(f"{article.source} is not found by its words")
        count = library.count()
    problems += _doctor(order) if order["doctor"] else []
    return {"articles": count[0], "passages": count[1], "problems": problems}


ORDERS = {"write": write_and_die, "look": look}


def main() -> None:
    """Takes orders until the pipe is closed."""
    for line in sys.stdin:
        order = json.loads(line)
        sys.stdout.write(json.dumps(ORDERS[order["do"]](order)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
