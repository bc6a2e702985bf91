"""What the options typed come to: settings, filters, a library."""

import os
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.domain import Filters
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.library import Library


class WrongUsage(Exception):
    """What was typed cannot be done."""


def settings_for(options: Namespace) -> Settings:
    """The settings in the environment, with the --home given. Raises SettingsError."""
    home = getattr(options, "home", None)
    return Settings.from_env({**os.environ, "SPACE_POLICY_HOME": home} if home else None)


def wants_json(options: Namespace) -> bool:
    """Whether --json was given."""
    return bool(getattr(options, "json", False))


def filters_of(options: Namespace, articles: Sequence[str] | None = None) -> Filters:
    """The filters given. Raises WrongUsage."""
    if options.since and options.until and options.since > options.until:
        raise WrongUsage(f"--since {options.since} is after --until {options.until}.")
    return Filters(tuple(options.outlet or ()), options.since, options.until, tuple(articles or ()))


def library_of(options: Namespace, *, writable: bool = False) -> "Library":
    """The library in the --home given."""
    from rag.library import Library

    return Library.open(settings_for(options), writable=writable)
