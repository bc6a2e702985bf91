"""What was last used, and no more of it than fits."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """A table that forgets what has not been asked for longest. Safe to use from threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def found(self, keys: Iterable[Key]) -> dict[Key, Value]:
        """Those of these keys that it holds."""
        with self._lock:
            held = {key: self._held[key] for key in keys if key in self._held}
            for key in held:
                self._held.move_to_end(key)
        return held

    def forget(self) -> None:
        """Drops all."""
        with self._lock:
            self._held.clear()

    def keep(self, new: Mapping[Key, Value]) -> None:
        """Puts these in, and drops what does not fit any more."""
        with self._lock:
            self._held.update(new)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
