"""LangChain's standard suites, against our embedding models in LangChain's class."""

from typing import Any

import pytest
from langchain_core.embeddings import Embeddings
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from rag.embedding import open_embedding
from rag.langchain import LangChainEmbeddings
from rag.settings import Settings


class OfMiniLM:
    """LangChainEmbeddings around the default model."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        """What is tested."""
        return LangChainEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        """What it is made with."""
        return {"model": open_embedding(Settings.from_env())}


class TestUnit(OfMiniLM, EmbeddingsUnitTests):
    """What needs no service."""


@pytest.mark.anyio
class TestIntegration(OfMiniLM, EmbeddingsIntegrationTests):
    """What embeds."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        """What runs the suite's coroutines: anyio comes with LangChain, its plugin with it."""
        return "asyncio"
