"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 5.540,
    "own": 3.955,
    "bare": 3.315,
    "asked": 4.922,
    "covered": 3.260,
    "context": 3.499,
    "new": 2.600,
    "fits": 0.419,
    "lacks": -0.476,
    "defines": 4.738,
    "says": 0.759,
    "preamble": -0.436,
    "heading": -1.555,
    "unended": -1.503,
    "leans": -0.263,
    "short": -0.550,
    "question": 0.098,
    "place": 0.954,
    "stated": 2.576,
    "unstated": -0.993,
}

CERTAINTY = {
    "score": 0.159,
    "own": 0.103,
    "late": 7.461,
    "held": 1.351,
    "around": -2.189,
    "new": 1.455,
    "focus": -0.290,
    "rarest": 0.426,
    "unseen": 1.229,
    "fits": 0.155,
    "telling": 0.199,
    "unstated": -0.929,
    "lost": -10.371,
    "nearest": -3.494,
    "": -5.625,
}
