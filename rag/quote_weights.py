"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 4.956,
    "own": 4.250,
    "bare": 3.957,
    "asked": 5.018,
    "covered": 3.159,
    "context": 3.055,
    "new": 2.183,
    "fits": 0.477,
    "lacks": -0.546,
    "defines": 5.113,
    "says": 1.355,
    "preamble": -0.476,
    "heading": -1.618,
    "unended": -1.501,
    "leans": -0.387,
    "short": -0.585,
    "question": -0.028,
    "place": 1.054,
    "stated": 3.262,
    "unstated": -1.569,
    "differs": 1.041,
    "denies": 2.630,
    "affirms": -0.729,
}

CERTAINTY = {
    "score": 0.191,
    "own": -0.062,
    "late": 6.668,
    "held": 1.374,
    "around": -1.876,
    "new": 1.587,
    "rarest": 0.218,
    "unseen": 1.015,
    "": -5.074,
}
