"""Learned weights of what `rag.sentence_scores` sees in a sentence that may answer."""

WEIGHTS = {
    "late": 5.946,
    "own": 5.775,
    "bare": 3.887,
    "asked": 4.479,
    "covered": 2.758,
    "context": 3.415,
    "new": 1.297,
    "titled": 0.452,
    "entitled": 0.036,
    "fits": 0.655,
    "lacks": -0.593,
    "defines": 4.959,
    "says": 2.481,
    "preamble": -1.396,
    "heading": -2.163,
    "unended": -0.566,
    "leans": -0.428,
    "short": -2.295,
    "question": -0.513,
    "place": 1.036,
}
