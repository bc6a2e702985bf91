"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 7.694,
    "own": 7.345,
    "bare": 2.884,
    "asked": 5.901,
    "covered": 3.755,
    "context": 5.669,
    "new": 2.856,
    "fits": 0.416,
    "lacks": -0.402,
    "defines": 5.938,
    "says": 2.108,
    "preamble": -1.202,
    "heading": -2.297,
    "unended": -1.254,
    "leans": -0.324,
    "short": -2.209,
    "question": 0.039,
    "place": 0.711,
}

CERTAINTY = {
    "score": 0.211,
    "own": 1.807,
    "late": 7.211,
    "held": 1.178,
    "around": -2.448,
    "new": 1.221,
    "focus": -1.018,
    "rarest": 0.278,
    "unseen": 1.594,
    "fits": 0.518,
    "telling": -0.478,
    "": -6.545,
}
