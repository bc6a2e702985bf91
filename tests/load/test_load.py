"""Many readers and a curator at once, as `make load` has them but few: nothing wrong, nothing lost, all is said."""

import sys
from pathlib import Path

import pytest

sys.path.insert(1, str(Path(__file__).parent))
from figures import lines
from run import Plan, Result, run

from ui.app import FULL

PLAN = Plan(readers=6, seconds=4.5, articles=6, model=True, piece=0.02, burst=90)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(PLAN, tmp_path_factory.mktemp("load"))


def test_nothing_is_wrong_lost_or_an_error_while_the_chat_model_is_slow_limits_and_is_killed(result: Result) -> None:
    assert result.faults == []
    assert (result.taken, len(result.whole.seconds) > PLAN.readers) == (PLAN.articles, True)


def test_each_answer_says_how_it_was_made(result: Result) -> None:
    assert result.parts["slow"].modes["by the model"]
    assert result.parts["killed"].modes["quotes, the model failed"]
    assert not result.parts["killed"].modes["by the model"]


def test_a_page_that_no_more_can_wait_for_says_when_to_come_back(result: Result) -> None:
    assert set(result.full) <= {"answered", f'503 {{"detail":"{FULL}"}}'}
    assert sum(result.full.values()) == PLAN.burst


def test_each_figure_has_a_line(result: Result) -> None:
    said = "\n".join(lines(PLAN, result))
    for name in ("slow", "limited", "killed", "errors", "wrong", "memory", "curator", "full", "doctor", "machine"):
        assert f"\n  {name} " in said
