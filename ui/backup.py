"""`space-policy export` and `import`: a library as one file."""

from argparse import Namespace
from pathlib import Path

from ui import terminal
from ui.options import library_of, settings_for, wants_json


def export(options: Namespace) -> bool:
    """Writes the library to one file; it is read, not owned."""
    from rag.backup import export_library

    file = Path(options.file).expanduser()
    with library_of(options) as library:
        count = export_library(library, file)
    if wants_json(options):
        terminal.say_json({"file": str(file), "articles": count, "bytes": file.stat().st_size})
    else:
        terminal.say(f"{count} article{'' if count == 1 else 's'} in {file}, {file.stat().st_size:,} bytes")
    return True


def import_(options: Namespace) -> bool:
    """Takes in what was exported."""
    from ingest.pipeline import Progress
    from rag.backup import import_library
    from ui.remote import import_remotely, write

    file = Path(options.file).expanduser()
    file.open("rb").close()  # what cannot be read is said alike, whoever would read it
    with terminal.Bar(quiet=wants_json(options)) as bar:
        report = write(
            settings_for(options),
            lambda library: import_library(library, file, lambda done, total: bar(Progress(done, total, 0, str(file)))),
            lambda home: import_remotely(home, file, bar, waits=terminal.tell),
        )
    if wants_json(options):
        terminal.say_json(report)
    else:
        terminal.say_lines(terminal.report_lines(report))
    return bool(report.taken)
