"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 5.051,
    "own": 4.258,
    "bare": 3.506,
    "asked": 4.968,
    "covered": 2.790,
    "context": 3.285,
    "new": 2.642,
    "fits": 0.493,
    "lacks": -0.746,
    "defines": 5.051,
    "says": 1.244,
    "preamble": -0.420,
    "heading": -2.307,
    "unended": -1.619,
    "leans": -0.491,
    "short": -0.564,
    "question": -0.319,
    "place": 1.039,
    "stated": 2.665,
    "unstated": -2.057,
    "differs": 0.997,
    "denies": 1.948,
    "affirms": -0.953,
}

CERTAINTY = {
    "score": 0.166,
    "own": 0.351,
    "late": 6.312,
    "held": 0.898,
    "around": -1.864,
    "new": 1.861,
    "rarest": 0.014,
    "": -4.488,
}
