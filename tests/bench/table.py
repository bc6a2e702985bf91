"""The figures as lines of text."""

from collections.abc import Iterator, Mapping
from typing import Any

Figures = Mapping[str, Any]


def table(found: Figures) -> str:
    """What was measured, a line a figure."""
    width = max((len(label) for label, _ in lines(found)), default=0)
    return "\n".join(f"{label:<{width}}  {value}".rstrip() for label, value in lines(found))


def lines(found: Figures) -> Iterator[tuple[str, str]]:
    """Label and value; a label alone begins a group."""
    machine = found["machine"]
    yield f"{machine['processor']}, {machine['cores']} cores, load {machine['load']} to {found['load_at_end']}", ""
    for kind, show in SHOWN.items():
        for one in found.get(kind, ()):
            yield from ((f"{one['of']}: failed", one["failed"]),) if "failed" in one else show(one)
    if "stock" in found:
        yield from _stock(found)


def _ingest(one: Figures) -> Iterator[tuple[str, str]]:
    if one["of"] == "stages":
        yield f"stages of {one['passages']} passages, {one['pieces']} word pieces, one by one", ""
        for stage, seconds in one["stages"].items():
            yield f"  {stage}", f"{seconds:.2f} s"
        return
    yield f"ingest of {one['documents']} documents, {one['characters']} characters", f"{one['seconds']:.1f} s"
    yield "  characters a second", f"{one['characters'] / one['seconds']:,.0f}"
    yield "  passages a second", f"{one['passages'] / one['seconds']:.1f}"
    yield "  processor time, readers included", f"{one['cpu_seconds']:.1f} s"
    yield "  of it writing (catalog, words)", f"{one['writing_seconds']:.2f} s"
    yield "  the same again, unchanged", f"{one['again_seconds']:.2f} s"
    yield "  memory, and its largest reader's", f"{one['peak_mb']:.0f} MB, {one['largest_reader_mb']:.0f} MB"
    yield "  disk", f"{one['disk_mb']:.1f} MB"


def _start(one: Figures) -> Iterator[tuple[str, str]]:
    yield f"commands over {one['passages']} passages", ""
    for name, taken in one["commands"].items():
        memory = f", {taken['peak_mb']:.0f} MB" if "peak_mb" in taken else ""
        yield f"  {'page ready' if name == 'page' else name}", _middle(taken) + memory


def _ask(one: Figures) -> Iterator[tuple[str, str]]:
    door = "Chroma" if one["chroma"] else "exact"
    half = ", half of the articles" if one["filtered"] else ""
    yield f"questions over {one['passages']} passages by {door}{half}", f"{one['asking_mb']:.0f} MB"
    yield "  processor time of an answer", f"{one['cpu_ms']:.1f} ms"
    yield "  open, first answer", f"{one['open_ms']:.0f} ms, {one['first_ms']:.0f} ms"
    for name in ("retrieval", "quotes", "answer"):
        yield f"  {name}", f"{_middle(one[name])}, p95 {one[name]['p95']:.1f} ms"


def _rebuild(one: Figures) -> Iterator[tuple[str, str]]:
    yield f"library of {one['passages']} passages: open", f"{one['open_ms']:.0f} ms"
    yield "  words, Chroma made anew", f"{one['words_seconds']:.1f} s, {one['chroma_seconds']:.1f} s"
    sizes = (one["catalog_mb"], one["words_mb"], one["chroma_mb"])
    yield "  catalog, words, Chroma on disk", ", ".join(f"{size:.0f} MB" for size in sizes)


def _recall(one: Figures) -> Iterator[tuple[str, str]]:
    yield f"Chroma's recall at 10 over {one['passages']} passages (searches for 10, for 50)", ""
    for choice in one["choices"]:
        label = ", ".join(f"{name} {value}" for name, value in choice["settings"].items()) or "as it is"
        recalls = f"{choice['recall_of_10']:.3f}, {choice['recall_of_50']:.3f}"
        taken = f"{choice['search_of_10']['p50']:.2f} ms, {choice['search_of_50']['p50']:.2f} ms"
        yield f"  {label}", f"{recalls}; {taken}; filled in {choice['fill_seconds']:.1f} s"


def _precision(one: Figures) -> Iterator[tuple[str, str]]:
    yield "int8 beside fp32: cosine, mean and least", f"{one['cosine_mean']:.4f}, {one['cosine_least']:.4f}"
    for name in ("fp32", "int8"):
        of = one[name]
        quality = f", Cranfield nDCG@10 {of['cranfield_ndcg']:.3f}" if of["cranfield_ndcg"] else ""
        reached = f"{of['billion_operations_a_second']:.0f} of {of['of_the_machine']:.0f} G/s = {of['share']:.2f}"
        yield f"  {name}", f"{of['texts_a_second']:.0f} texts/s, {reached}{quality}"


def _page(one: Figures) -> Iterator[tuple[str, str]]:
    yield f"page in Chromium over the starter collection, load {one['load']}", ""
    labels = {
        "usable": "usable after",
        "first_text": "Enter to first text",
        "together": f"{one['people']} pages of this browser at once",
        "elsewhere": f"{one['people']} at once, their browsers elsewhere",
        "programs": f"{one['people']} at once by /answer",
    }
    for name, label in labels.items():
        yield f"  {label}", f"{_middle(one[name])}, p95 {one[name]['p95']:.1f} ms"


def _stock(found: Figures) -> Iterator[tuple[str, str]]:
    stock = found["stock"]
    if "failed" in stock:
        yield "stock pipeline: failed", stock["failed"]
        return
    one = stock["ingest"]
    speed = one["characters"] / one["ingest_seconds"]
    yield f"stock pipeline: load {one['load_seconds']:.1f} s, {one['chunks']} chunks", f"{one['asking_mb']:.0f} MB"
    ours = next((row for row in found.get("ingest", ()) if row.get("of") == "ingesting" and "seconds" in row), None)
    times = f" (ours {ours['characters'] / ours['seconds'] / speed:.2f} times as many)" if ours else ""
    yield "  characters a second", f"{speed:,.0f}{times}"
    yield "  processor time of ingest", f"{one['ingest_cpu_seconds']:.1f} s for {one['characters']} characters"
    for row in stock["ask"]:
        yield f"  dense search over {row['passages']} of our vectors", _middle(row["retrieval"]) + _beside(found, row)
    if "evidence" in stock:
        yield "  evidence in 6,000 characters, ours and stock", "{ours:.3f}, {stock:.3f}".format(**stock["evidence"])


def _beside(found: Figures, row: Figures) -> str:
    same = {"passages": row["passages"], "filtered": False, "chroma": True}
    for one in found.get("ask", ()):
        if "retrieval" in one and same.items() <= one.items():
            return f" (our whole retrieval: {one['retrieval']['p50'] / row['retrieval']['p50']:.2f} times as long)"
    return ""


def _middle(taken: Figures) -> str:
    return f"{taken['p50']:.1f} ms ({taken['p25']:.1f} to {taken['p75']:.1f})"


SHOWN = {
    "ingest": _ingest,
    "start": _start,
    "ask": _ask,
    "rebuild": _rebuild,
    "recall": _recall,
    "precision": _precision,
    "page": _page,
}
