"""How well the score tells supported from unsupported sentences, on summaries that people judged (QAGS), and how fast.

The data are not part of the project: the folder that SPACE_POLICY_TEST_DATA names has bench/qags_cnndm.jsonl.
"""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag import nearness, wording
from rag.domain import Check, Support
from rag.verify import check

CORPUS = Path(__file__).parents[2] / "corpus" / "articles"
# Measured on the 354 sentences of the visible half: AUC 0.859, bootstrap sd about 0.02; verified are 57 % of the
# supported and 9 % of the unsupported.
AUC_FLOOR = 0.85
SUPPORTED_VERIFIED_FLOOR = 0.5
UNSUPPORTED_VERIFIED_CEILING = 0.1
# Seconds of processor time for ten sentences against eight passages of 900 characters, read for the first time.
# Wanted: 0.030. Measured: 0.025 on two shared cores; the rest is room for a slower machine.
SECONDS_CEILING = 0.045

pytestmark = pytest.mark.quality


@pytest.fixture(scope="module")
def judged(test_data: Path) -> list[tuple[Check, bool]]:
    """Each sentence's check, and whether at least two of three people found it supported."""
    lines = (test_data / "bench" / "qags_cnndm.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        (check(one["sentence"], [row["article"]]), sum(said["response"] == "yes" for said in one["responses"]) >= 2)
        for row in map(json.loads, lines)
        for one in row["summary_sentences"]
    ]


def area(supported: Sequence[float], unsupported: Sequence[float]) -> float:
    """ROC AUC: how often a supported sentence scores above an unsupported one, ties counting half."""
    wins = sum((one > other) + 0.5 * (one == other) for one in supported for other in unsupported)
    return wins / (len(supported) * len(unsupported))


def test_supported_sentences_score_above_unsupported_ones(judged: list[tuple[Check, bool]]) -> None:
    """ROC AUC per sentence."""
    scores = {label: [found.score for found, judgement in judged if judgement is label] for label in (True, False)}
    assert area(scores[True], scores[False]) >= AUC_FLOOR


def test_the_bar_lets_few_unsupported_sentences_pass(judged: list[tuple[Check, bool]]) -> None:
    """And at least half of the supported ones."""
    verified = {
        label: [found.support is Support.VERIFIED for found, judgement in judged if judgement is label]
        for label in (True, False)
    }
    assert sum(verified[False]) / len(verified[False]) <= UNSUPPORTED_VERIFIED_CEILING
    assert sum(verified[True]) / len(verified[True]) >= SUPPORTED_VERIFIED_FLOOR


def test_an_answer_is_checked_in_no_time() -> None:
    """Nothing remembered from before; the best of five, since the machine is shared."""
    text = " ".join(path.read_text(encoding="utf-8") for path in sorted(CORPUS.glob("*.md")))
    passages = [text[start : start + 900] for start in range(1000, 1000 + 8 * 900, 900)]
    claims = [" ".join(passage[200:400].split()[1:-1]) for passage in passages] + ["ESA left.", "NASA has 17 members."]
    check("Loads what is loaded once.", ["Loads what is loaded once."])
    taken = []
    for _ in range(5):
        nearness.read.cache_clear()
        wording.wording.cache_clear()
        started = time.process_time()
        for claim in claims:
            check(claim, passages)
        taken.append(time.process_time() - started)
    assert min(taken) <= SECONDS_CEILING
