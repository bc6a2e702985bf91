"""Learned weights of what `rag.sentence_scores` sees in a sentence that may answer."""

WEIGHTS = {
    "late": 5.471,
    "own": 6.426,
    "bare": 3.997,
    "asked": 5.215,
    "covered": 2.523,
    "context": 3.673,
    "new": 1.339,
    "fits": 0.765,
    "lacks": -0.690,
    "defines": 5.287,
    "says": 2.516,
    "preamble": -1.540,
    "heading": -2.260,
    "unended": -0.323,
    "leans": -0.452,
    "short": -2.290,
    "question": -0.523,
    "place": 0.893,
}
