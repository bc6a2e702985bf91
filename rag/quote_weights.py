"""Learned weights: of what `rag.sentence_scores` sees in a sentence, and `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 6.634,
    "own": 7.309,
    "bare": 3.891,
    "asked": 5.162,
    "covered": 2.798,
    "context": 4.619,
    "new": 2.746,
    "fits": 0.378,
    "lacks": -0.346,
    "defines": 6.314,
    "says": 2.475,
    "preamble": -1.215,
    "heading": -2.515,
    "unended": -1.205,
    "leans": -0.393,
    "short": -2.096,
    "question": -0.117,
    "place": 0.960,
}

CERTAINTY = {
    "score": 0.188,
    "own": 2.416,
    "late": 7.428,
    "held": 1.140,
    "around": -1.968,
    "new": 1.022,
    "focus": -1.051,
    "rarest": 0.343,
    "unseen": 1.652,
    "fits": 0.555,
    "telling": -0.519,
    "": -6.646,
}
