"""Everything that can go wrong, in one tree.

SpacePolicyError
├── SettingsError         a setting has a value that is not allowed
├── LibraryError
│   ├── EmptyLibrary      a question was asked of a library that holds nothing
│   ├── UnknownArticle    no article has this id, or not this version
│   ├── LibraryOwned      another process writes to this library
│   ├── LibraryReadOnly   this library was opened for reading
│   ├── LibraryDamaged    the catalog cannot be read, or is from a newer version of this program
│   ├── LibraryOutdated   the catalog is from an older version, and was opened for reading only
│   ├── BackupDamaged     an exported file is damaged, or from a newer version of this program
│   └── ModelMismatch     the library was made with another embedding model
├── UnreadableDocument    a file, page or address could not become an article (ingest puts it into the Report)
└── ModelError            an embedding or chat model cannot be used
    ├── ModelMissing      it is not installed, or not named rightly
    ├── ModelRefused      the service answered with an error (key, quota, request)
    │   └── PromptTooLong the model cannot read that much
    ├── ModelUnreachable  the service did not answer, or broke off
    ├── ModelSilent       the service took longer than the limit
    ├── ModelCutOff       the model's answer was ended before it was complete
    └── ModelUnsupported  the documents support nothing of what the model wrote

Each message says what happened and what to do.
"""


class SpacePolicyError(Exception):
    """Any error of this program."""


class SettingsError(SpacePolicyError):
    """A setting has a value that is not allowed."""


class LibraryError(SpacePolicyError):
    """Something is wrong with a library."""


class EmptyLibrary(LibraryError):
    """A question was asked of a library that holds nothing."""


class UnknownArticle(LibraryError):
    """No article has this id, or not this version."""


class LibraryOwned(LibraryError):
    """Another process writes to this library."""


class LibraryReadOnly(LibraryError):
    """This library was opened for reading."""


class LibraryDamaged(LibraryError):
    """The catalog cannot be read, or is from a newer version of this program."""


class LibraryOutdated(LibraryError):
    """The catalog is from an older version, and was opened for reading only."""


class BackupDamaged(LibraryError):
    """An exported file is damaged, or from a newer version of this program."""


class ModelMismatch(LibraryError):
    """The library was made with another embedding model."""


class UnreadableDocument(SpacePolicyError):
    """A file, page or address could not become an article."""

    def __init__(self, reason: str, cure: str) -> None:
        super().__init__(f"{reason}. {cure}")
        self.reason = reason
        self.cure = cure


class ModelError(SpacePolicyError):
    """An embedding or chat model cannot be used."""


class ModelMissing(ModelError):
    """The model is not installed, or not named rightly."""


class ModelRefused(ModelError):
    """The model's service answered with an error."""


class PromptTooLong(ModelRefused):
    """The model cannot read that much."""


class ModelUnreachable(ModelError):
    """The model's service did not answer, or broke off."""


class ModelSilent(ModelError):
    """The model's service took longer than the limit."""


class ModelCutOff(ModelError):
    """The model had no room for more tokens in the middle of its answer, all of which had been given out before."""


class ModelUnsupported(ModelError):
    """The documents support nothing of what the model wrote."""
