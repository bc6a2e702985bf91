"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 5.195,
    "own": 4.138,
    "bare": 3.308,
    "asked": 4.900,
    "covered": 2.968,
    "context": 3.370,
    "new": 2.648,
    "fits": 0.491,
    "lacks": -0.570,
    "defines": 5.016,
    "says": 1.350,
    "preamble": -0.492,
    "heading": -1.581,
    "unended": -1.495,
    "leans": -0.424,
    "short": -0.589,
    "question": 0.043,
    "place": 1.021,
    "stated": 3.277,
    "unstated": -1.637,
    "differs": 0.999,
    "denies": 2.645,
    "affirms": -0.733,
}

CERTAINTY = {
    "score": 0.139,
    "own": 0.119,
    "late": 6.801,
    "held": 1.075,
    "around": -2.039,
    "new": 1.919,
    "rarest": 0.029,
    "": -4.501,
}
