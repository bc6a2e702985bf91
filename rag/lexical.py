"""Where passages are found by their words. The only file that knows Tantivy.

A disposable index: it can be deleted at any time and is made again from the catalog. BM25 (Robertson et al., TREC-3,
1994) with Tantivy's k1 = 1.2 and b = 0.75, English stems (Snowball).
"""

import functools
import logging
import math
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import tantivy

from rag import seals
from rag.domain import ArticleCard, Passage
from rag.errors import LibraryDamaged, LibraryError

DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")
VERSION = 1  # grows with each change of the fields or the analyzer: an older index is made anew
HEAD_BOOST = 0.6  # of words in outlet, title and section, against the same words in the text
MANY = 10_000  # passages with a word, up to which it is quickly looked up whatever it says
HEAP = 50_000_000  # bytes for the writer
MERGING = 1.0  # seconds after which its owner looks whether the index has been merged
CURE = "Nothing is lost: with room on the disk it is made anew by: space-policy doctor --repair"
logger = logging.getLogger(__name__)


@functools.cache
def _analyzer() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold(), tantivy.Filter.remove_long(40)):
        builder = builder.filter(step)
    return builder.filter(tantivy.Filter.stemmer("english")).build()


def _undotted(text: str) -> str:
    """U.S. as US: the tokenizer would make two words of it."""
    return DOTTED.sub(lambda found: found[0].replace(".", ""), text)


def stems(text: str) -> list[str]:
    """The words of a text as the index sees them: lower case, without accents, stemmed, in order."""
    return list(_analyzer().analyze(_undotted(text)))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("article", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("head", tokenizer_name="words", index_option="freq")
    builder.add_text_field("text", tokenizer_name="words", index_option="freq")
    return builder.build()


class LexicalIndex:
    """BM25 over passages, in one folder. Safe to use from threads; one process writes."""

    def __init__(self, folder: Path, index: tantivy.Index, *, writable: bool) -> None:
        self._folder = folder
        self._index = index
        self._lock = threading.Lock()
        self._writer = index.writer(HEAP, 1) if writable else None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None  # where it is a copy
        self._reloaded = -math.inf
        self._is_there = True  # else in memory, until its owner has made it

    @classmethod
    def open(cls, folder: Path, *, writable: bool) -> "LexicalIndex":
        """The index in `folder`; an empty one where there is none, and none that can be read by its next writer.

        One that is damaged raises LibraryDamaged for those who only read.
        """
        folder = cls.place(folder)
        if not writable and not folder.is_dir():
            empty = cls(folder, _register(tantivy.Index(_schema())), writable=False)
            empty._is_there = False
            return empty
        try:
            if damaged := seals.broken_words(folder):
                raise LibraryDamaged(f"The word index in {folder} is damaged ({', '.join(damaged)}). {CURE}")
            with _translated():
                if not writable and not os.access(folder, os.W_OK):
                    return cls._copied(folder)
                return cls(folder, cls._index_in(folder), writable=writable)
        except LibraryError as error:
            if not writable:
                raise
            logger.warning("%s It is made anew now.", error)
            shutil.rmtree(folder, ignore_errors=True)
            with _translated():
                return cls(folder, cls._index_in(folder), writable=True)

    @staticmethod
    def place(folder: Path) -> Path:
        """Where in the folder of all indexes this one lies."""
        return folder / f"words-{VERSION}"

    @staticmethod
    def _index_in(folder: Path) -> tantivy.Index:
        folder.mkdir(parents=True, exist_ok=True)
        return _register(tantivy.Index(_schema(), path=str(folder)))

    @classmethod
    def _copied(cls, folder: Path) -> "LexicalIndex":
        """For reading too, Tantivy wants to write a lock beside the index: where it may not, a copy is read."""
        scratch = tempfile.TemporaryDirectory(prefix="space-policy-")
        copy = Path(shutil.copytree(folder, Path(scratch.name) / folder.name, copy_function=shutil.copyfile))
        copy.chmod(0o700)  # the folder's own mode came along
        index = cls(copy, cls._index_in(copy), writable=False)
        index._scratch = scratch
        return index

    @property
    def revision(self) -> int:
        """The catalog's revision that this index has reached; 0 for a new one."""
        try:
            return int((self._folder / "revision").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def write(self, add: Sequence[Passage], cards: Sequence[ArticleCard], remove: Sequence[str]) -> None:
        """Adds passages (each with its article) and removes some by id, in one commit. Repeating is harmless."""
        with self._lock, _translated():
            for passage_id in (*remove, *(passage.id for passage in add)):
                self._writing.delete_documents_by_term("id", passage_id)
            for passage, card in zip(add, cards, strict=True):
                head = " ".join(filter(None, (card.outlet, card.title, passage.section)))
                head, text = _undotted(head), _undotted(passage.text)
                self._writing.add_document(
                    tantivy.Document(id=passage.id, article=passage.article_id, head=head, text=text)
                )
            self._writing.commit()
            self._reload()

    def clear(self) -> None:
        """Removes everything."""
        with self._lock, _translated():
            self._writing.delete_all_documents()
            self._writing.commit()
            self._reload()

    def reached(self, revision: int) -> None:
        """Notes the catalog's revision that what was written amounts to."""
        new = self._folder / "revision.new"
        new.write_text(str(revision))
        new.replace(self._folder / "revision")

    def best(
        self, query: str, limit: int, articles: Collection[str] | None = None, names: Mapping[str, float] | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids with their BM25 score, best first; of these articles only, where given. Any text is a query.

        A passage that has all words of one of the `names` gains so much of what it does by one word. Words that more
        than half of very many passages have do not count, unless there are no others.
        """
        words = sorted(set(stems(query)))
        if not words or limit < 1:
            return []
        with _translated():
            words = self._telling(words)
        any_word = [(tantivy.Occur.Should, self._word(word)) for word in words]
        any_word += [(tantivy.Occur.Should, self._all(name, weight)) for name, weight in (names or {}).items()]
        found = tantivy.Query.boolean_query(any_word)
        if articles is not None:
            schema = self._index.schema
            among = tantivy.Query.const_score_query(
                tantivy.Query.term_set_query(schema, "article", list(articles)), 0.0
            )
            found = tantivy.Query.boolean_query([(tantivy.Occur.Must, found), (tantivy.Occur.Must, among)])
        with _translated():
            searcher = self._searcher()
            hits = searcher.search(found, limit, count=False).hits
            return [(str(searcher.doc(address).get_first("id")), float(score)) for score, address in hits]

    def headed(
        self, groups: Sequence[Collection[str]], words: str, limit: int, articles: Collection[str] | None = None
    ) -> list[str]:
        """Ids of the passages whose outlet, title or section has a stem of each group; with more `words` first."""
        schema = self._index.schema
        need = [(tantivy.Occur.Must, tantivy.Query.term_set_query(schema, "head", list(group))) for group in groups]
        if articles is not None:
            need.append((tantivy.Occur.Must, tantivy.Query.term_set_query(schema, "article", list(articles))))
        more = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "head", word, "freq"))
            for word in sorted(set(stems(words)))
        ]
        with _translated():
            searcher = self._searcher()
            hits = searcher.search(tantivy.Query.boolean_query([*need, *more]), limit, count=False).hits
            return [str(searcher.doc(address).get_first("id")) for _, address in hits]

    def count(self) -> int:
        """How many passages it holds."""
        with _translated():
            return int(self._searcher().num_docs)

    def ids(self) -> list[str]:
        """The ids of all passages that it holds."""
        with _translated():
            searcher = self._searcher()
            hits = searcher.search(tantivy.Query.all_query(), max(searcher.num_docs, 1), count=False).hits
            return [str(searcher.doc(address).get_first("id")) for _, address in hits]

    def weights(self, words: Collection[str]) -> dict[str, float]:
        """Stem -> how telling it is: BM25's inverse document frequency over the passages, > 0."""
        with _translated():
            searcher = self._searcher()
            total = searcher.num_docs
            counts = {word: searcher.doc_freq("text", word) for word in words}
        return {word: math.log(1 + (total - count + 0.5) / (count + 0.5)) for word, count in counts.items()}

    def counts(self, words: Collection[str]) -> dict[str, int]:
        """Stem -> in how many passages it stands; twice counted where in both text and head."""
        with _translated():
            searcher = self._searcher()
            return {word: sum(searcher.doc_freq(field, word) for field in ("text", "head")) for word in words}

    def beginning(self, prefix: str) -> dict[str, int]:
        """The stems in the texts that begin so -> in how many passages each stands."""
        with _translated():
            return dict(self._searcher().terms_with_prefix("text", prefix))

    def close(self) -> None:
        """Lets go of the writer's lock."""
        if self._scratch:
            self._scratch.cleanup()
        with self._lock:
            writer, self._writer = self._writer, None
            if writer is not None:
                with _translated():
                    writer.wait_merging_threads()

    def _searcher(self) -> tantivy.Searcher:
        if not self._is_there and (self._folder / "revision").exists():  # whole: its owner has reached a revision
            self._index = self._index_in(self._folder)
            self._is_there = True
        # A reading process sees at once what the owner has committed. The owner sees its own commits as they are made,
        # and from time to time what has been merged in the background.
        if self._writer is None or time.monotonic() > self._reloaded + MERGING:
            self._reload()
        return self._index.searcher()

    def _reload(self) -> None:
        self._index.reload()
        self._reloaded = time.monotonic()

    @property
    def _writing(self) -> tantivy.IndexWriter:
        if self._writer is None:
            raise RuntimeError("this index was opened for reading, or is closed")
        return self._writer

    def _telling(self, words: list[str]) -> list[str]:
        """Without those that stand in more than half of very many passages: they tell nothing and take longest."""
        searcher = self._searcher()
        most = max(MANY, searcher.num_docs / 2)
        return [word for word in words if searcher.doc_freq("text", word) <= most] or words

    def _all(self, name: str, weight: float) -> tantivy.Query:
        words = sorted(set(stems(name)))
        every = tantivy.Query.boolean_query([(tantivy.Occur.Must, self._word(word)) for word in words])
        return tantivy.Query.boost_query(every, weight / max(len(words), 1))

    def _word(self, word: str) -> tantivy.Query:
        schema = self._index.schema
        head = tantivy.Query.boost_query(tantivy.Query.term_query(schema, "head", word, "freq"), HEAD_BOOST)
        text = tantivy.Query.term_query(schema, "text", word, "freq")
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, head), (tantivy.Occur.Should, text)])


@contextmanager
def _translated() -> Iterator[None]:
    """Within it, what Tantivy says, its panics too, becomes an error of ours."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise LibraryError(f"The word index cannot be used ({_said(error)}). {CURE}") from error
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":  # a panic is a BaseException, of a class without a name to import
            raise
        raise LibraryError(f"The word index cannot be used ({_said(error)}). {CURE}") from error


def _said(error: BaseException) -> str:
    """What went wrong, without what Rust has around it; a full disk by its name."""
    text = " ".join(str(error).split())
    return "the disk is full" if "No space left" in text else text[:200]


def _register(index: tantivy.Index) -> tantivy.Index:
    index.register_tokenizer("words", _analyzer())
    return index
