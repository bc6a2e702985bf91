"""What an HTML page says about itself: JSON-LD, meta elements, its canonical address."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ingest.clean_lines import UNSEEN
from ingest.clean_page import Tree, tree_of

Json: TypeAlias = Any  # what json.loads gives

ARTICLES = re.compile(r"(?:article|posting|report|webpage|creativework|legislation)$", re.I)
PLAIN = re.compile(r"webpage$", re.I)
# " | Site", " - Site", " – Site": the last piece of a <title>, where it is short.
SITE = re.compile(r"\s+(?:[|•·»]|[-–—](?=\s))\s*(?P<site>[^|•·»]{1,60})$")
META = {
    "title": ("og:title", "twitter:title", "dc.title", "citation_title", "headline"),
    "outlet": ("og:site_name", "citation_journal_title", "dc.publisher", "application-name"),
    "author": ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "citation_author", "byl"),
    "published": (
        "article:published_time",
        "og:article:published_time",
        "datepublished",
        "parsely-pub-date",
        "sailthru.date",
        "publishdate",
        "publish-date",
        "pubdate",
        "publication_date",
        "article.published",
        "dc.date.issued",
        "dcterms.issued",
        "dcterms.created",
        "dc.date",
        "citation_publication_date",
        "date",
    ),
    "updated": (
        "article:modified_time",
        "og:updated_time",
        "datemodified",
        "lastmod",
        "last-modified",
        "dcterms.modified",
    ),
    "url": ("og:url",),
    "language": ("content-language", "dc.language", "og:locale"),
}


@dataclass(frozen=True, slots=True)
class Head:
    """Field -> value as the page writes it, by where it stands."""

    linked_data: Mapping[str, str]
    meta: Mapping[str, str]
    elements: Mapping[str, str]  # <title>, <link rel=canonical>, <html lang>, <h1>, <time>

    @classmethod
    def read(cls, content: str) -> "Head":
        """The page's head; nothing in it where the page cannot be parsed."""
        tree = tree_of(content)
        return cls({}, {}, {}) if tree is None else cls.of(tree)

    @classmethod
    def of(cls, tree: Tree) -> "Head":
        """The head of a page that is parsed already."""
        scripts = tree.iterfind(".//script[@type='application/ld+json']")
        data = _linked_data([script.text or "" for script in scripts])
        meta = _meta(
            {_name(element): element.get("content", "").strip() for element in reversed(list(tree.iter("meta")))}
        )
        return cls(data, meta, _elements(tree, meta.get("outlet") or data.get("outlet")))

    @property
    def headline(self) -> str | None:
        """The headline that the page declares."""
        return next(
            (place["title"] for place in (self.linked_data, self.meta, self.elements) if "title" in place), None
        )


def _name(element: Tree) -> str:
    return str(
        element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv") or ""
    ).lower()


def _meta(values: Mapping[str, str]) -> dict[str, str]:
    found = {field: next((values[name] for name in names if values.get(name)), "") for field, names in META.items()}
    # An address of an author's page is no name.
    if found["author"].startswith(("http://", "https://")):
        found["author"] = ""
    if found["title"]:
        found["title"] = without_site(found["title"], found["outlet"])
    return {field: value for field, value in found.items() if value}


def _elements(tree: Tree, outlet: str | None) -> dict[str, str]:
    first = tree.find(".//h1")
    title = " ".join((tree.findtext(".//title") or "").split())
    canonical = next(
        (link.get("href", "") for link in tree.iter("link") if "canonical" in link.get("rel", "").lower()), ""
    )
    times = [time.get("datetime", "") for time in tree.iter("time")]
    found = {
        "title": without_site(title, outlet) or " ".join(first.text_content().split() if first is not None else []),
        "url": canonical if canonical.startswith("http") else "",
        "language": tree.get("lang", "") or tree.get("{http://www.w3.org/XML/1998/namespace}lang", ""),
        # More than one: other stories have theirs too.
        "published": times[0] if len(times) == 1 else "",
    }
    return {field: value for field, value in found.items() if value}


def without_site(title: str, outlet: str | None) -> str:
    """A title without the name of the site after it."""
    match = SITE.search(title)
    if match is None:
        return title
    named = outlet and outlet.lower() in match["site"].lower()
    # One word before it is a section, not a headline.
    bar = title[match.start() :].lstrip()[0] in "|•·»"
    return title[: match.start()] if named or (bar and len(title[: match.start()].split()) > 1) else title


def _linked_data(scripts: list[str]) -> dict[str, str]:
    nodes = [node for script in scripts for node in _nodes(_parsed(script))]
    # {"@id": "...#person"} stands for the node of this id.
    named = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and node.get("name")}
    articles = [node for node in nodes if any(ARTICLES.search(kind) for kind in _strings(node.get("@type"), {}))]
    # The page around the article says less than the article itself.
    articles.sort(key=lambda node: any(PLAIN.search(kind) for kind in _strings(node.get("@type"), {})))
    found: dict[str, str] = {}
    for node in articles:
        for field, value in _fields(node, named).items():
            if value:
                found.setdefault(field, value)
    return found


def _fields(node: Mapping[str, Json], named: Mapping[str, Json]) -> dict[str, str]:
    def first(*names: str) -> str:
        return next((text for name in names for text in _strings(node.get(name), named)), "")

    urls = [text for name in ("url", "mainEntityOfPage") for text in _strings(node.get(name), named)]
    return {
        "title": first("headline"),
        "outlet": first("publisher"),
        "author": ", ".join(_strings(node.get("author"), named))[:200],
        "published": first("datePublished", "dateCreated"),
        "updated": first("dateModified"),
        "url": next((url for url in urls if url.startswith("http")), ""),
        "language": first("inLanguage"),
    }


def _parsed(script: str) -> Json:
    try:
        # Line breaks inside strings are common, and strict JSON forbids them.
        return json.loads(script.strip().removeprefix("<!--").removesuffix("-->"), strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(value: Json) -> Iterator[Mapping[str, Json]]:
    """The objects in a JSON-LD value, those in lists and graphs too."""
    waiting = [value]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, list):
            waiting = [*part, *waiting]
        elif isinstance(part, dict):
            yield part
            waiting = [part[name] for name in ("@graph", "mainEntity") if name in part] + waiting


def _strings(value: Json, named: Mapping[str, Json]) -> list[str]:
    """The texts that a JSON-LD value comes down to: itself, or its name; else its address."""
    parts = value if isinstance(value, list) else [value]
    texts = [_string(part, named) for part in parts]
    return [" ".join(UNSEEN.sub("", html.unescape(text)).split()) for text in texts if text.strip()]


def _string(part: Json, named: Mapping[str, Json]) -> str:
    if isinstance(part, dict):
        address = str(part.get("@id", ""))
        part = part.get("name") or named.get(address, {}).get("name") or address
    return part if isinstance(part, str) else ""
