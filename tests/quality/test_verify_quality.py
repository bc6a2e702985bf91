"""How well the score tells supported from unsupported sentences, on summaries that people judged (QAGS).

The data are not part of the project: the folder that SPACE_POLICY_TEST_DATA names has bench/qags_cnndm.jsonl.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.domain import Check, Support
from rag.verify import check

# Measured on 354 sentences of 117 articles: AUC 0.865, bootstrap sd about 0.02; verified are 56 % of the supported and
# 9 % of the unsupported. Nothing is fitted: the score is a plain mean of shares. Weights fitted to the five shares come
# to 0.863 by ten-fold cross-validation over articles (ten times, ridge 10), which is no better.
AUC_FLOOR = 0.86
SUPPORTED_VERIFIED_FLOOR = 0.5
UNSUPPORTED_VERIFIED_CEILING = 0.1

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
