"""How often one client may do something."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from rag.errors import SpacePolicyError

MINUTE = 60.0
MOST_KEYS = 10_000  # clients remembered; beyond it those that came first are forgotten
SHARED = 10  # browsers of one address (an office, say) that may ask as much as they like


class TooMany(SpacePolicyError):
    """A client must wait; `seconds` says how long."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class Limit:
    """At most `most` times within any `seconds`, for each key. Safe to use from threads."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._taken: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """0.0, and this time counts; or the seconds to wait, and it does not."""
        with self._lock:
            now = self._clock()
            taken = self._taken.setdefault(key, deque())
            while taken and taken[0] <= now - self._seconds:
                taken.popleft()
            if len(taken) >= self._most:
                return taken[0] + self._seconds - now
            taken.append(now)
            if len(self._taken) > MOST_KEYS:
                self._forget_old(now)
            return 0.0

    def give_back(self, key: str) -> None:
        """As if the last time had not been."""
        with self._lock:
            taken = self._taken.get(key)
            if taken:
                taken.pop()

    def forget(self, key: str) -> None:
        """As if the key had never come."""
        with self._lock:
            self._taken.pop(key, None)

    def _forget_old(self, now: float) -> None:
        fresh = {key: taken for key, taken in self._taken.items() if taken and taken[-1] > now - self._seconds}
        self._taken = dict(list(fresh.items())[-MOST_KEYS:])


class Pace:
    """How many questions a minute a browser may ask, and all of one address together."""

    def __init__(self, questions: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._questions = questions
        self._of_browser = Limit(questions, MINUTE, clock)
        self._of_address = Limit(questions * SHARED, MINUTE, clock)

    def check(self, client: str, reader: str | None = None) -> None:
        """Counts one question. Raises TooMany saying how long to wait.

        `reader` is a browser's id; without one (a program), the address alone counts.
        """
        wait = self._of_browser.take(reader) if reader else 0.0
        most, who = self._questions, "you"
        if not wait:
            wait = self._of_address.take(client)
            most, who = self._questions * SHARED, "your address"
        if wait:
            seconds = math.ceil(wait)
            raise TooMany(
                f"That is more than the {most} questions a minute that {who} may ask. "
                f"Ask again in {seconds} {'second' if seconds == 1 else 'seconds'}.",
                wait,
            )
