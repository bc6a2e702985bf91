"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 5.046,
    "own": 4.245,
    "bare": 3.441,
    "asked": 4.908,
    "covered": 2.876,
    "context": 3.275,
    "new": 2.687,
    "fits": 0.502,
    "lacks": -0.762,
    "defines": 5.247,
    "says": 1.286,
    "preamble": -0.555,
    "heading": -2.513,
    "unended": -1.379,
    "leans": -0.422,
    "short": -0.554,
    "question": -0.412,
    "place": 1.076,
    "stated": 2.760,
    "unstated": -2.160,
    "differs": 0.739,
    "denies": 1.978,
    "affirms": -0.994,
}

CERTAINTY = {
    "score": 0.175,
    "own": 0.325,
    "late": 6.305,
    "held": 0.891,
    "around": -2.058,
    "new": 1.817,
    "rarest": 0.050,
    "": -4.475,
}
