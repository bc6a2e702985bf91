"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 5.229,
    "own": 4.171,
    "bare": 3.337,
    "asked": 4.931,
    "covered": 3.033,
    "context": 3.363,
    "new": 2.572,
    "fits": 0.488,
    "lacks": -0.566,
    "defines": 5.028,
    "says": 1.348,
    "preamble": -0.490,
    "heading": -1.585,
    "unended": -1.500,
    "leans": -0.408,
    "short": -0.586,
    "question": 0.043,
    "place": 1.008,
    "stated": 3.331,
    "unstated": -1.596,
    "differs": 1.003,
    "denies": 2.642,
    "affirms": -0.733,
}

CERTAINTY = {
    "score": 0.169,
    "own": 0.190,
    "late": 6.827,
    "held": 1.372,
    "around": -2.020,
    "new": 1.777,
    "rarest": 0.133,
    "unseen": 1.027,
    "": -5.091,
}
