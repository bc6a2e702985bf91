"""A grown library, made where the cache does not hold it; its vectors as a file, for an index that is not ours."""

import numpy as np
from grown import grown

from rag.catalog.store import Catalog
from rag.settings import Settings


def measure(passages: int, file: str | None = None) -> dict[str, object]:
    """Where it lies. Writes its vectors to `file` (.npy)."""
    home = grown(Settings.from_env(), passages).home
    if file:
        catalog = Catalog.open(home / "catalog.db", writable=False)
        np.save(file, catalog.vectors()[2])
        catalog.close()
    return {"home": str(home)}
