"""Readers who ask one question after the other: programs, and pages as a browser sends what is typed into them."""

import base64
import json
import random
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from checking import Checker, tells
from material import Deck, Site

MODEL = "openai:stub"  # as a notice names it
PATIENCE = 180.0  # seconds for one answer
PAGES = 3  # one reader of so many is a page
IN_ONE = 5  # questions in one conversation of a page
THINKS = 0.2  # seconds between an answer and the next question, at most


@dataclass(frozen=True, slots=True)
class Missed:
    """A question to which the known fact was not told."""

    site: Site
    how: str  # the answer was made
    turn: int  # of its conversation in a page; 0 where a program asked
    told: str  # instead

    def __str__(self) -> str:
        where = f"question {self.turn} of a page" if self.turn else "a program"
        return f"{self.site.question} ({where}; {self.how}): {self.told[:160]}"


@dataclass
class Seen:
    """What came of the questions of one part of a run."""

    seconds: list[float] = field(default_factory=list)
    modes: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: list[Missed] = field(default_factory=list)
    kept: int = 0  # answers of pages, which are in conversations now

    def add(self, other: "Seen") -> None:
        self.seconds += other.seconds
        self.modes += other.modes
        self.errors += other.errors
        self.wrong += other.wrong
        self.missed += other.missed
        self.kept += other.kept


class Refused(Exception):
    """What the server said instead of an answer."""


class Reader(threading.Thread):
    """One of them. What it saw is in `seen` when it has ended."""

    def __init__(self, number: int, address: str, password: str, deck: Deck, checker: Checker, config: Any) -> None:  # noqa: ANN401 - JSON
        super().__init__(daemon=True)
        self.seen = Seen()
        self._address = address.removeprefix("http://")
        self._headers = {
            "Content-Type": "application/json",
            "Authorization": f"Basic {base64.b64encode(f':{password}'.encode()).decode()}",
        }
        self._chance = random.Random(number)  # noqa: S311 - no secret
        self._deck, self._checker = deck, checker
        self._is_page = number % PAGES == PAGES - 1
        self._ask = next(one["id"] for one in config["dependencies"] if one["api_name"] == "ask")
        self._session, self._current, self._turns = "", "", IN_ONE
        self.id = secrets.token_urlsafe(24)
        if self._is_page:
            self._headers["Cookie"] = f"space_policy_reader={self.id}"
        self._until = 0.0

    def until(self, end: float) -> "Reader":
        """Starts it; it stops at that time (monotonic)."""
        self._until = end
        self.start()
        return self

    def run(self) -> None:
        while time.monotonic() < self._until:
            question, site = self._deck.draw(self._chance)
            started = time.monotonic()
            try:
                self._one(question, site)
            except Refused as error:
                self.seen.errors[str(error)] += 1
                time.sleep(1)
            except (OSError, HTTPException) as error:
                self.seen.errors[f"{type(error).__name__}: {error}"] += 1
                time.sleep(1)
            else:
                self.seen.seconds.append(time.monotonic() - started)
            time.sleep(self._chance.uniform(0, THINKS))

    def _one(self, question: str, site: Site | None) -> None:
        answer = self._in_page(question) if self._is_page else self.call(question)
        self.seen.modes[_kind(answer)] += 1
        for one in self._checker.wrong(answer):
            self.seen.wrong[one] += 1
        if site and not tells(answer, site):
            turn = self._turns if self._is_page else 0
            self.seen.missed.append(Missed(site, _kind(answer), turn, answer["text"]))

    def call(self, question: str) -> dict[str, Any]:
        """As a program: the answer. Raises Refused."""
        event = self._post("/gradio_api/call/answer", {"data": [question]})
        # Signs of life come first where it waits long.
        *_, kind, said = self._get(f"/gradio_api/call/answer/{event}").split("\n\n")[-2].splitlines()
        found = json.loads(said.removeprefix("data: "))
        if kind != "event: complete":
            raise Refused(str(found.get("error") if isinstance(found, dict) else found))
        answer: dict[str, Any] = found[0]
        return answer

    def _in_page(self, question: str) -> dict[str, Any]:
        """As a page does; what it kept of it."""
        if self._turns >= IN_ONE:  # the page is loaded anew
            self._session, self._current, self._turns = secrets.token_hex(6), "", 0
        data = [question, None, self._current, {}]
        self._post("/gradio_api/queue/join", {"data": data, "fn_index": self._ask, "session_hash": self._session})
        for line in self._get(f"/gradio_api/queue/data?session_hash={self._session}").splitlines():
            message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if message.get("msg") == "log":
                raise Refused(str(message["log"]))
            if message.get("msg") == "process_completed":
                if not message["success"]:
                    raise Refused(str(message["output"].get("error")))
                current = message["output"]["data"][2]
                self._current = current if isinstance(current, str) else self._current
        self._turns += 1
        kept = json.loads(self._get(f"/conversations/{self._current}.json"))
        last = kept["exchanges"][-1]
        if last["question"] != question or len(kept["exchanges"]) != self._turns:
            raise Refused("the conversation that was kept is another one")
        if last["answer"] is None:
            raise Refused(str(last["error"]))
        self.seen.kept += 1
        answer: dict[str, Any] = last["answer"]
        return answer

    def _post(self, path: str, data: object) -> str:
        return str(json.loads(self._send("POST", path, json.dumps(data)))["event_id"])

    def _get(self, path: str) -> str:
        return self._send("GET", path, None)

    def _send(self, method: str, path: str, body: str | None) -> str:
        connection = HTTPConnection(self._address, timeout=PATIENCE)
        try:
            connection.request(method, path, body, self._headers)
            response = connection.getresponse()
            said = response.read().decode()
        finally:
            connection.close()
        if response.status != 200:
            raise Refused(f"{response.status} {said[:300]}")
        return said


def _kind(answer: dict[str, Any]) -> str:
    if answer["abstained"]:
        return "refusals"
    if answer["mode"] == "model":
        return "by the model"
    return "quotes, the model failed" if any(MODEL in notice for notice in answer["notices"]) else "quotes"
