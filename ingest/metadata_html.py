"""What an HTML page says about itself: JSON-LD, meta elements, its canonical address."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.clean_page import tree_of

ARTICLES = re.compile(r"(?:article|posting|report|webpage|creativework|legislation)$", re.I)
PLAIN = re.compile(r"webpage$", re.I)  # a page around an article says less than the article
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
    "updated": ("article:modified_time", "og:updated_time", "datemodified", "lastmod", "last-modified", "dcterms.modified"),
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
        if tree is None:
            return cls({}, {}, {})
        scripts = tree.iterfind(".//script[@type='application/ld+json']")
        data = _linked_data([script.text or "" for script in scripts])
        meta = _meta({_name(element): element.get("content", "").strip() for element in reversed(list(tree.iter("meta")))})
        return cls(data, meta, _elements(tree, meta.get("outlet") or data.get("outlet")))

    @property
    def headline(self) -> str | None:
        """The headline that the page declares."""
        return next((place["title"] for place in (self.linked_data, self.meta, self.elements) if "title" in place), None)


def _name(element: Any) -> str:
    return str(element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv") or "").lower()


def _meta(values: Mapping[str, str]) -> dict[str, str]:
    found = {
        field: next((values[name] for name in names if values.get(name)), "") for field, names in META.items()
    }
    # An address of an author's page is no name.
    if found["author"].startswith(("http://", "https://")):
        found["author"] = ""
    if found["title"]:
        found["title"] = without_site(found["title"], found["outlet"])
    return {field: value for field, value in found.items() if value}


def _elements(tree: Any, outlet: str | None) -> dict[str, str]:
    first = tree.find(".//h1")
    title = " ".join((tree.findtext(".//title") or "").split())
    canonical = next((link.get("href", "") for link in tree.iter("link") if "canonical" in link.get("rel", "").lower()), "")
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
    nodes = [node for node in nodes if any(ARTICLES.search(kind) for kind in _strings(node.get("@type")))]
    # The page around the article says less than the article itself.
    nodes.sort(key=lambda node: any(PLAIN.search(kind) for kind in _strings(node.get("@type"))))
    found: dict[str, str] = {}
    for node in nodes:
        for field, value in _fields(node).items():
            if value:
                found.setdefault(field, value)
    return found


def _fields(node: Mapping[str, Any]) -> dict[str, str]:
    return {
        "title": _first(node.get("headline")),
        "outlet": _first(node.get("publisher")),
        "author": ", ".join(_strings(node.get("author")))[:200],
        "published": _first(node.get("datePublished")) or _first(node.get("dateCreated")),
        "updated": _first(node.get("dateModified")),
        "url": next((url for url in (_first(node.get("url")), _first(node.get("mainEntityOfPage"))) if url.startswith("http")), ""),
        "language": _first(node.get("inLanguage")),
    }


def _parsed(script: str) -> Any:
    try:
        # Line breaks inside strings are common, and strict JSON forbids them.
        return json.loads(script.strip().removeprefix("<!--").removesuffix("-->"), strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects in a JSON-LD value, those in lists and graphs too."""
    waiting = [value]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, list):
            waiting = [*part, *waiting]
        elif isinstance(part, dict):
            yield part
            waiting = [part[name] for name in ("@graph", "mainEntity") if name in part] + waiting


def _strings(value: Any) -> list[str]:
    """The texts that a JSON-LD value comes down to: itself, its name, or its address."""
    parts = value if isinstance(value, list) else [value]
    named = [part.get("name") or part.get("@id") or "" if isinstance(part, dict) else part for part in parts]
    return [" ".join(part.split()) for part in named if isinstance(part, str) and part.strip()]


def _first(value: Any) -> str:
    return next(iter(_strings(value)), "")
