"""LangChain's standard suite against our retriever, and the assistant in a chain."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_tests.integration_tests import RetrieversIntegrationTests

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.domain import Answer
from rag.langchain import LangChainRetriever, as_runnable
from rag.settings import Settings

TEXTS = {
    "moon": "The base on the Moon\n\nThe base on the Moon is planned by 2035, its builders said in April 2025.\n",
    "mars": "A rover on Mars\n\nThe rover on Mars has found traces of water below the dust of a dry lake.\n",
    "debris": "Five years\n\nSpent rocket stages must leave their orbit within five years, the regulator decided.\n",
    "law": "Liability\n\nA launching State is liable for damage that its space object causes on the ground.\n",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("articles")
    for name, text in TEXTS.items():
        (folder / f"{name}.txt").write_text(text)
    with Assistant.open(replace(Settings.from_env(), home=folder / "home", model=None)) as assistant:
        ingest([folder], assistant.library)
        yield assistant


@pytest.mark.anyio
class TestRetriever(RetrieversIntegrationTests):
    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture(autouse=True)
    def _keep(self, assistant: Assistant) -> None:
        self.assistant = assistant

    @property
    def retriever_constructor(self) -> type[LangChainRetriever]:
        return LangChainRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"retriever": self.assistant.retriever}

    @property
    def retriever_query_example(self) -> str:
        return "When is the base on the Moon planned?"


def test_a_document_says_where_it_stands(assistant: Assistant) -> None:
    document = LangChainRetriever(retriever=assistant.retriever, k=1).invoke("rocket stages in orbit")[0]
    article = assistant.library.article(document.metadata["article_id"], document.metadata["version"])
    assert article.text[document.metadata["start"] : document.metadata["end"]] == document.page_content


def test_the_retriever_is_part_of_a_chain(assistant: Assistant) -> None:
    chain = RunnablePassthrough.assign(
        found=RunnableLambda(lambda given: given["question"]) | LangChainRetriever(retriever=assistant.retriever, k=1)
    )
    (document,) = chain.invoke({"question": "water on Mars"})["found"]
    assert "traces of water" in document.page_content


def test_the_assistant_answers_in_a_chain(assistant: Assistant) -> None:
    chain = as_runnable(assistant) | RunnableLambda(lambda answer: [citation.quote for citation in answer.citations])
    assert "planned by 2035" in chain.invoke("By when is the base on the Moon planned?")[0]


def test_the_assistant_streams_and_takes_many_questions(assistant: Assistant) -> None:
    runnable = as_runnable(assistant)
    *_, last = runnable.stream({"question": "Who is liable for damage on the ground?", "history": []})
    assert isinstance(last, Answer)
    assert last.complete
    answers = runnable.batch(["Who is liable for damage on the ground?", "What did the rover on Mars find?"])
    assert [answer.abstained for answer in answers] == [False, False]


@pytest.mark.anyio
async def test_the_assistant_answers_asynchronously(assistant: Assistant) -> None:
    answer = await as_runnable(assistant).ainvoke("What did the rover on Mars find?")
    assert "water" in answer.text


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
