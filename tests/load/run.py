"""One run: readers ask, a curator takes articles in, a chat model comes and goes; then the queue is filled."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent.parent))
from checking import Checker, tells
from crowd import MODEL, Reader, Refused, Seen
from material import Deck, Site, sites, write
from model import MODES
from served import COMMAND, READER, Served, environment

from ingest.pipeline import ingest
from rag.domain import Filters
from rag.examination import examine_library
from rag.library import Library
from rag.settings import Settings

FIRST = 20  # sites that the library holds before
BATCH = 50  # articles that the curator takes in at once


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done."""

    readers: int
    seconds: float
    articles: int  # taken in meanwhile
    model: bool  # whether there is a chat model: slow, then limiting, then killed
    piece: float = 0.1  # seconds between two of its words when it is slow
    burst: int = 150  # questions at one moment: more than wait in the queue and are answered together


@dataclass
class Result:
    """What came of a run."""

    passages: int
    parts: dict[str, Seen] = field(default_factory=dict)  # by what the chat model did
    taken: int = 0  # articles that the curator was told are in
    took: float = 0.0  # seconds, all batches together
    lost: list[str] = field(default_factory=list)  # of those
    curator: list[str] = field(default_factory=list)  # what was said where a batch failed
    worse: list[str] = field(default_factory=list)  # questions that were answered right when nobody else asked
    hard: list[str] = field(default_factory=list)  # and those that were not even then
    full: Counter[str] = field(default_factory=Counter)  # what was said to questions of the burst
    memory: list[tuple[float, float]] = field(default_factory=list)
    filled: int = 0  # looks at it until the curator had done
    ills: list[str] = field(default_factory=list)  # of the library afterwards
    load: list[float] = field(default_factory=list)  # of the machine, at the begin and at the end

    @property
    def whole(self) -> Seen:
        """All parts together."""
        seen = Seen()
        for one in self.parts.values():
            seen.add(one)
        return seen

    @property
    def faults(self) -> list[str]:
        """What must not be."""
        seen = self.whole
        return [
            *seen.wrong,
            *self.worse,
            *seen.errors,
            *(f"lost: {one}" for one in self.lost),
            *self.curator,
            *self.ills,
        ]


def run(plan: Plan, folder: Path, grown: Path | None = None) -> Result:
    """Does it in `folder`, over a copy of the library `grown`, or one of the first sites alone."""
    home, every = folder / "home", sites(FIRST + plan.articles)
    if grown:
        shutil.copytree(grown, home)
    write(every[:FIRST], folder / "first")
    settings = replace(Settings.from_env(), home=home, embedding="minilm", model=None)
    with Library.open(settings) as library:
        ingest([folder / "first"], library)
    with ExitStack() as ends:
        told = {}
        model = ends.enter_context(_Model(plan.piece)) if plan.model else None
        if model:
            told = {"SPACE_POLICY_MODEL": MODEL, "SPACE_POLICY_MODEL_URL": model.address}
        served = ends.enter_context(Served(home, **told))
        library = ends.enter_context(Library.open(settings, writable=False))
        result = Result(library.count()[1], load=[os.getloadavg()[0]])
        crowd = _Crowd(served, Deck(every[:FIRST]), Checker(library), plan)
        curator = _Curator(home, folder, every[FIRST:], crowd.deck, result, served.memory)
        curator.start()
        for mode in (*MODES, "killed") if model else ("none",):
            if model:
                model.mode(mode)
            result.parts[mode] = crowd.asks(plan.seconds / (len(MODES) + 1 if model else 1))
        result.full = crowd.bursts()
        curator.join()
        crowd.ask_again(result)
        result.memory = list(served.memory)
        result.load.append(os.getloadavg()[0])
    result.lost = _lost(settings, every[:FIRST] + curator.told)
    result.ills = [f"{one.name}: {one.says}" for one in examine_library(settings) if not one.ok]
    return result


class _Model:
    """The chat model's server."""

    def __init__(self, piece: float) -> None:
        self._piece = piece

    def __enter__(self) -> "_Model":
        command = [sys.executable, str(Path(__file__).with_name("model.py")), str(self._piece)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.address = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def mode(self, mode: str) -> None:
        """What it does from now on."""
        if mode == "killed":
            self._process.kill()
            return
        assert self._process.stdin
        self._process.stdin.write(f"{mode}\n")
        self._process.stdin.flush()


class _Crowd:
    """All readers."""

    def __init__(self, served: Served, deck: Deck, checker: Checker, plan: Plan) -> None:
        self.deck = deck
        self._served, self._checker, self._plan = served, checker, plan
        self._config = json.loads(self._reader(0, {"dependencies": [{"api_name": "ask", "id": 0}]})._get("/config"))

    def _reader(self, number: int, config: object) -> Reader:
        return Reader(number, self._served.address, READER, self.deck, self._checker, config)

    def asks(self, seconds: float) -> Seen:
        """What they see in so many seconds, and until all have their last answer."""
        end = time.monotonic() + seconds
        readers = [self._reader(number, self._config).until(end) for number in range(self._plan.readers)]
        seen = Seen()
        for reader in readers:
            reader.join()
            seen.add(reader.seen)
        return seen

    def ask_again(self, result: Result) -> None:
        """What was missed is asked once more, one after the other: only what is found then was wrong under load."""
        reader = self._reader(0, self._config)
        for missed in {one.site: one for one in result.whole.missed}.values():
            found = tells(reader.call(missed.site.question), missed.site)
            (result.worse if found else result.hard).append(str(missed))

    def bursts(self) -> Counter[str]:
        """What is said to many questions at one moment."""
        said: Counter[str] = Counter()
        gate = threading.Barrier(self._plan.burst)

        def ask(number: int) -> None:
            reader = self._reader(number, self._config)
            gate.wait()
            try:
                reader.call("Who signed the Artemis Accords first?")
                said["answered"] += 1
            except (Refused, OSError) as error:
                said[str(error)] += 1

        threads = [threading.Thread(target=ask, args=(3 * number,)) for number in range(self._plan.burst)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return said


class _Curator(threading.Thread):
    """Takes articles in by the command, which hands them to the process that serves."""

    def __init__(
        self,
        home: Path,
        folder: Path,
        left: Sequence[Site],
        deck: Deck,
        result: Result,
        memory: Sequence[tuple[float, float]],
    ) -> None:
        super().__init__(daemon=True)
        self.told: list[Site] = []  # those that are in, it was said
        self._home, self._folder, self._left, self._deck, self._result = home, folder, left, deck, result
        self._memory = memory

    def run(self) -> None:
        self._take_in()
        self._result.filled = len(self._memory)

    def _take_in(self) -> None:
        for start in range(0, len(self._left), BATCH):
            batch = self._left[start : start + BATCH]
            write(batch, self._folder / f"batch-{start}")
            started = time.monotonic()
            command = [COMMAND, "ingest", str(self._folder / f"batch-{start}"), "--json"]
            done = subprocess.run(command, env=environment(self._home), capture_output=True, text=True, check=False)
            self._result.took += time.monotonic() - started
            try:
                added = len(json.loads(done.stdout)["added"])
            except ValueError:
                added = 0
            if added != len(batch):
                self._result.curator.append(f"{added} of {len(batch)} were added: {(done.stdout + done.stderr)[-500:]}")
                continue
            self.told += batch
            self._result.taken += added
            self._deck.holds(batch)


def _lost(settings: Settings, told: Sequence[Site]) -> list[str]:
    """Which sites cannot be found by the next owner, though it was said that they are in."""
    with Library.open(settings) as library:
        texts = {article.title: article for article in library.articles()}
        lost = []
        for site in told:
            article = texts.get(site.title)
            if not article or site.fact not in article.text or not library.best_words(site.fact, 1, Filters()):
                lost.append(site.name)
    return lost
