"""The list of conversations."""

from datetime import UTC, datetime

from ui.conversations import ConversationCard
from ui.shelf import shelf

WHEN = datetime(2025, 4, 23, tzinfo=UTC)


def card(number: int, name: str = "A question") -> ConversationCard:
    return ConversationCard(f"c{number}", name, WHEN, WHEN, number)


def test_the_open_conversation_is_marked_and_remembered() -> None:
    shown = shelf([card(1), card(2)], "c2")
    assert shown.count("aria-current") == 1
    assert 'data-current="c2"' in shown
    assert "1 question, 23 April 2025" in shown
    assert "2 questions, 23 April 2025" in shown


def test_each_can_be_taken_away_in_both_forms() -> None:
    assert [f'href="/conversations/c1.{form}"' in shelf([card(1)]) for form in ("md", "json")] == [True, True]


def test_without_any_it_says_where_they_will_be() -> None:
    assert "kept here" in shelf(())


def test_names_are_text() -> None:
    shown = shelf([card(1, '"><script>x</script>')])
    assert "<script" not in shown
    assert 'value="&quot;&gt;' in shown
