"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 6.171,
    "own": 4.051,
    "bare": 3.672,
    "asked": 5.508,
    "covered": 3.633,
    "context": 3.967,
    "new": 2.739,
    "fits": 0.425,
    "lacks": -0.480,
    "defines": 5.164,
    "says": 0.716,
    "preamble": -0.316,
    "heading": -1.745,
    "unended": -1.942,
    "leans": -0.413,
    "short": -0.300,
    "question": 0.040,
    "place": 0.969,
    "stated": 2.658,
    "unstated": -1.005,
}

CERTAINTY = {
    "score": 0.109,
    "own": 0.261,
    "late": 6.802,
    "held": 1.208,
    "around": -1.818,
    "new": 1.424,
    "focus": -0.324,
    "rarest": 0.281,
    "unseen": 1.036,
    "fits": 0.272,
    "telling": 0.436,
    "unstated": -1.207,
    "lost": -9.392,
    "nearest": -2.891,
    "": -5.525,
}
