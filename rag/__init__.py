"""Space Policy Chat: questions in, cited answers out.

Where to look: the nouns are in `rag.domain`, the assistant in `rag.assistant`, settings in `rag.settings`, errors in
`rag.errors`; documents are taken in by `ingest.pipeline`.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.domain import Answer

# Official builds of onnxruntime report to Microsoft from version 1.29 on. This is read when the library is loaded,
# and turning it off later would be too late.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# The threads of numpy's OpenBLAS spin for about 20 ms after a product, on the cores that the embedding model wants
# then. 2 to the power of 4 cycles, the least, sends them to sleep at once; this too is read when numpy is loaded.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

__version__ = "0.1.0"
__all__ = ["answer"]


def answer(question: str) -> "Answer":
    """The default assistant's answer: opened on first use with settings from the environment, closed at exit.

    Raises EmptyLibrary (with the cure) when nothing has been ingested.
    """
    from rag.assistant import default_assistant  # importing rag alone must cost nothing

    return default_assistant().answer(question)
