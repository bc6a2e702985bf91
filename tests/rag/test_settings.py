"""Settings are read from a mapping; a wrong value names the variable, the value and what is allowed."""

import pytest

from rag.errors import SettingsError
from rag.settings import READERS, Settings


def test_settings_come_from_the_mapping_and_defaults_fill_the_rest() -> None:
    settings = Settings.from_env({"SPACE_POLICY_HITS": "3", "SPACE_POLICY_STARTER": "no", "PATH": "/bin"})
    assert (settings.hits, settings.starter, settings.embedding) == (3, False, "minilm")


def test_an_empty_value_is_no_value() -> None:
    assert Settings.from_env({"SPACE_POLICY_MODEL": "  "}).model is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HITS", "0"),
        ("HITS", "many"),
        ("STARTER", "perhaps"),
        ("EMBEDDING", "word2vec"),
        ("MODEL", "gpt-5"),
        ("MODEL_URL", "localhost:8080"),
        ("TOTAL_SECONDS", "-1"),
        ("MAX_BYTES", "1e6"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"SPACE_POLICY_{name} is '{value}'; allowed: ") as caught:
        Settings.from_env({f"SPACE_POLICY_{name}": value})
    assert READERS[name.lower()][1] in str(caught.value)


def test_each_setting_can_be_read() -> None:
    assert set(READERS) == set(Settings.__dataclass_fields__)
