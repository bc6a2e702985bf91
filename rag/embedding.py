"""Embedding models by name: "minilm", or "openai:<model>" behind any OpenAI-compatible server."""

import base64
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError, ModelRefused, ModelSilent, ModelUnreachable
from rag.minilm import MiniLM
from rag.settings import Settings

if TYPE_CHECKING:
    import openai
    from langchain_openai import OpenAIEmbeddings

OPENAI = "https://api.openai.com/v1"
KEY = "OPENAI_API_KEY"
REQUEST = 256  # texts in one request: 300,000 tokens are OpenAI's limit, and small servers choke sooner
CHARACTERS_PER_PIECE = 4

# HTTP status -> what to do about it
CURES = {
    401: f"Check {KEY}",
    403: f"Check what the key in {KEY} may do",
    404: "Check the model's name in SPACE_POLICY_EMBEDDING and the address in SPACE_POLICY_MODEL_URL",
    429: "Wait a while, or check the account's quota",
}
OTHER_CURE = "Try again later, or set SPACE_POLICY_EMBEDDING=minilm"

Floats = NDArray[np.float32]


def apart(address: str) -> tuple[str, dict[str, str]]:
    """An address without the name and password that can stand in it, and the header that carries them instead.

    What asks the services writes whole addresses into its log.
    """
    found = re.match(r"(https?://)([^/?#]*)@", address)
    if not found:
        return address, {}
    coded = base64.b64encode(unquote(found[2]).encode()).decode()
    return found[1] + address[found.end() :], {"Authorization": f"Basic {coded}"}


class Embedding(Protocol):
    """Texts in, vectors of unit length out. Safe to use from several threads; any method may raise ModelError."""

    @property
    def recipe(self) -> str:
        """What vectors made with it are keyed by: two models, or two ways to run one, have two recipes."""

    @property
    def dimensions(self) -> int:
        """How long a vector is."""

    def embed(self, texts: Sequence[str]) -> Floats:
        """What the texts mean: (n, dimensions). An empty text has a vector too."""

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[Floats, tuple[Floats, ...]]:
        """`embed`, and for each text a (k, dimensions) of what its character spans mean; zeros if a span is blank."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """`embed` under LangChain's name."""

    def embed_query(self, text: str) -> list[float]:
        """`embed` of one text under LangChain's name."""

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """How many word pieces each text has, or about how many where the model does not tell."""


def open_embedding(settings: Settings, environment: Mapping[str, str] | None = None) -> Embedding:
    """The embedding model that the settings name; the key is read from `environment` (default: the process's own).

    Raises ModelMissing where MiniLM is not installed, ModelRefused where OpenAI is to be asked without a key.
    """
    if settings.embedding == "minilm":
        return MiniLM.open(settings.cache)
    return OpenAIEmbedding.open(settings, os.environ if environment is None else environment)


class OpenAIEmbedding:
    """An embedding model behind OpenAI's protocol. All text that is embedded leaves the machine for that server."""

    def __init__(self, service: "OpenAIEmbeddings", address: str, key: str) -> None:
        self.recipe = f"openai:{service.model}"
        self._service = service
        self._address = address
        self._key = key
        self._dimensions: int | None = None

    @classmethod
    def open(cls, settings: Settings, environment: Mapping[str, str]) -> "OpenAIEmbedding":
        """The model that `settings.embedding` names at `settings.model_url`; no connection is made yet.

        Raises ModelRefused where there is neither a key nor a server of one's own, or no key can look so.
        """
        key = environment.get(KEY, "").strip()
        if not key and not settings.model_url:
            raise ModelRefused(
                f"{settings.embedding} needs a key. Set {KEY}, or SPACE_POLICY_MODEL_URL to a server of your own."
            )
        if not (key.isascii() and key.isprintable()):  # the client's error would show the key
            raise ModelRefused(f"{KEY} holds characters that no key has. Copy it again.")
        import openai  # 1.2 s, and the next line 2.4 s
        from langchain_openai import OpenAIEmbeddings

        address, header = apart(settings.model_url or OPENAI)
        service = OpenAIEmbeddings(
            model=settings.embedding.removeprefix("openai:"),
            api_key=key or "none",  # type: ignore[arg-type]  # a SecretStr to mypy; a local server wants any word
            base_url=address,
            default_headers=header or None,
            timeout=openai.Timeout(settings.first_token_seconds, connect=settings.connect_seconds),
            chunk_size=REQUEST,
            check_embedding_ctx_length=False,  # else it downloads tiktoken's tables and sends token numbers
        )
        return cls(service, address, key)

    @property
    def dimensions(self) -> int:
        """How long a vector is; the service is asked, once, if nothing has been embedded yet."""
        if self._dimensions is None:
            self.embed(["How long is a vector?"])
        return self._dimensions or 0

    def embed(self, texts: Sequence[str]) -> Floats:
        """What the texts mean: (n, dimensions), unit length.

        Raises ModelRefused, ModelUnreachable, ModelSilent (as all that embed do).
        """
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        with self._translated():
            # The service refuses an empty text.
            found = np.array(self._service.embed_documents([text or " " for text in texts]), dtype=np.float32)
            if found.ndim != 2 or len(found) != len(texts) or not found.size:
                raise ValueError(f"{len(texts)} texts, vectors of shape {found.shape}")
        self._dimensions = found.shape[1]
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
        return found

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[Floats, tuple[Floats, ...]]:
        """`embed`, and for each text a (k, dimensions) of what its character spans mean, each embedded as a text."""
        pieces = [[text[start:end] for start, end in parts] for text, parts in zip(texts, spans, strict=True)]
        said = [piece for parts in pieces for piece in parts if piece.strip()]
        found = self.embed([*texts, *said])
        rows = iter(found[len(texts) :])
        nothing = np.zeros(found.shape[1], dtype=np.float32)
        each = (
            np.array([next(rows) if piece.strip() else nothing for piece in parts], dtype=np.float32)
            for parts in pieces
        )
        return found[: len(texts)], tuple(part.reshape(-1, found.shape[1]) for part in each)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """`embed` under LangChain's name."""
        vectors: list[list[float]] = self.embed(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """`embed` of one text under LangChain's name."""
        return self.embed_documents([text])[0]

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """About how many word pieces each text has: a quarter of its characters, rounded up."""
        return [-(-len(text) // CHARACTERS_PER_PIECE) for text in texts]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The service's errors as ours. The key is in none of them, not even where a server says it back."""
        import openai

        try:
            yield
        except openai.APIError as error:
            cause = None if self._key and self._key in str(error) else error
            raise self._ours(error) from cause
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # what the client makes of a strange answer
            message = f"{self._address} answered {self.recipe} with something that is not embeddings"
            raise ModelRefused(f"{message}. Check SPACE_POLICY_MODEL_URL.") from error

    def _ours(self, error: "openai.APIError") -> ModelError:
        import openai

        if isinstance(error, openai.APITimeoutError):
            message = f"{self._address} took too long over {self.recipe}"
            return ModelSilent(f"{message}. Try again, or raise SPACE_POLICY_FIRST_TOKEN_SECONDS.")
        if isinstance(error, openai.APIStatusError):
            said = f"{self._address} refused {self.recipe} with status {error.status_code}"
            return ModelRefused(f"{said}. {CURES.get(error.status_code, OTHER_CURE)}.")
        message = f"{self._address} cannot be reached for {self.recipe}"
        return ModelUnreachable(f"{message}. Check that it runs, and the address in SPACE_POLICY_MODEL_URL.")
