"""Near-identical articles."""

import hashlib
from collections.abc import Sequence


def signature(text: str) -> bytes:
    """Placeholder until the real one lands: equal texts only."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).digest()


def candidates(signature: bytes, others: Sequence[tuple[str, bytes]]) -> tuple[str, ...]:
    """Articles with the same signature."""
    return tuple(name for name, other in others if other == signature)


def near_copies(text: str, candidates: Sequence[str]) -> tuple[int, ...]:
    """Those with the same text."""
    return tuple(n for n, other in enumerate(candidates) if " ".join(other.split()) == " ".join(text.split()))
