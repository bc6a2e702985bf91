"""What is ours, as LangChain's classes: embeddings, a retriever, and the assistant as a Runnable."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, Protocol

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import ConfigDict

from rag.assistant import Assistant
from rag.domain import Answer, Filters, Hit, to_json
from rag.retriever import Retriever


class Embedder(Protocol):
    """Any object with LangChain's two names, such as a `rag.embedding.Embedding`."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""


class LangChainEmbeddings(Embeddings):
    """An embedding model as LangChain's `Embeddings`: `LangChainEmbeddings(open_embedding(settings))`."""

    def __init__(self, model: Embedder) -> None:
        self._model = model

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text. Raises what the model raises."""
        return self._model.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text. Raises what the model raises."""
        return self._model.embed_query(text)


class LangChainRetriever(BaseRetriever):
    """Our retriever as LangChain's: `LangChainRetriever(retriever=assistant.retriever, k=4)`.

    A Document's `page_content` is the passage's text, its `metadata` where it stands, in JSON's types.
    """

    retriever: Retriever
    k: int = 8  # documents, 1..50
    filters: Filters = Filters()

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        hits = self.retriever.search(query, limit=k or self.k, filters=self.filters)
        return [_document(hit) for hit in hits]


class AssistantRunnable(Runnable[str | Mapping[str, Any], Answer]):
    """An assistant in a chain. See `as_runnable`."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def invoke(self, input: str | Mapping[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Answer:  # noqa: ANN401 - LangChain's type
        """The whole answer."""
        return self._call_with_config(lambda asked: self._assistant.answer(**_asked(asked)), input, config)

    def stream(
        self,
        input: str | Mapping[str, Any],
        config: RunnableConfig | None = None,
        **kwargs: Any | None,  # noqa: ANN401 - LangChain's type
    ) -> Iterator[Answer]:
        """The answer while it grows: each one replaces the one before."""
        with closing(self._assistant.stream(**_asked(input))) as growing:
            yield from growing


def as_runnable(assistant: Assistant) -> AssistantRunnable:
    """An assistant as a Runnable: from a question, or {"question": …, "history": …, "filters": …}, to an Answer."""
    return AssistantRunnable(assistant)


def _asked(value: str | Mapping[str, Any]) -> dict[str, Any]:
    return {"question": value} if isinstance(value, str) else dict(value)


def _document(hit: Hit) -> Document:
    place = {
        "start": hit.passage.start,
        "end": hit.passage.end,
        "section": hit.passage.section,
        "page": hit.passage.page,
    }
    card = {f"article_{name}" if name == "id" else name: value for name, value in to_json(hit.article).items()}
    return Document(page_content=hit.passage.text, id=hit.passage.id, metadata={**card, **place, "score": hit.score})
