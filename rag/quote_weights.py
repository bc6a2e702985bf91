"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 4.935,
    "own": 4.136,
    "bare": 3.873,
    "asked": 4.920,
    "covered": 3.170,
    "context": 3.015,
    "new": 2.214,
    "fits": 0.428,
    "lacks": -0.489,
    "defines": 5.110,
    "says": 1.222,
    "preamble": -0.485,
    "heading": -1.628,
    "unended": -1.488,
    "leans": -0.316,
    "short": -0.556,
    "question": -0.053,
    "place": 1.022,
    "stated": 3.201,
    "unstated": -1.552,
    "differs": 1.043,
}

CERTAINTY = {
    "score": 0.201,
    "own": -0.092,
    "late": 6.632,
    "held": 1.446,
    "around": -1.877,
    "new": 1.510,
    "rarest": 0.175,
    "unseen": 1.026,
    "": -5.082,
}
