"""Questions to an Assistant in Python: opening, the first answer, then many, and the memory that it takes."""

import time
from datetime import date

from grown import FIRST, folder_bytes, grown
from measure import peak, spread
from texts import questions

from rag.assistant import Assistant
from rag.domain import Filters
from rag.settings import Settings

HALF = Filters(since=date(FIRST.year + 10, 1, 1))  # lets half of the articles through
WARM = 5
LONGEST = 1800.0  # seconds for Chroma to be made


def measure(passages: int, asked: int, filtered: bool, chroma: bool) -> dict[str, object]:
    """Milliseconds of whole quoted answers, and of the retrieval within them; every question is a new one."""
    settings = grown(Settings.from_env(), passages)
    filters = HALF if filtered else Filters()
    todo = questions(asked + WARM + 1)
    started = time.perf_counter()
    with Assistant.open(settings, writable=chroma) as assistant:
        opened = time.perf_counter() - started
        assistant.answer(todo.pop(), filters=filters)
        first = time.perf_counter() - started
        ready = assistant.library.wait_for_chroma(LONGEST) if chroma else False
        for question in todo[:WARM]:
            assistant.answer(question, filters=filters)
        worked = time.process_time()
        taken = [assistant.answer(question, filters=filters).timings for question in todo[WARM:]]
        worked = time.process_time() - worked
        searched = [one for one in taken if "retrieval" in one]
        return {
            "articles": assistant.library.count()[0],
            "open_ms": 1000 * opened,
            "first_ms": 1000 * first,
            "chroma": ready,
            "retrieval": spread([one["retrieval"] for one in searched]),
            "quotes": spread([one["total"] - one["retrieval"] for one in searched]),
            "answer": spread([one["total"] for one in taken]),
            "cpu_ms": 1000 * worked / len(taken),
            "disk_mb": folder_bytes(settings.home) / 1e6,
            "asking_mb": peak(),
        }
