"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 5.220,
    "own": 4.174,
    "bare": 3.348,
    "asked": 4.945,
    "covered": 3.049,
    "context": 3.327,
    "new": 2.569,
    "fits": 0.487,
    "lacks": -0.565,
    "defines": 5.040,
    "says": 1.353,
    "preamble": -0.488,
    "heading": -1.581,
    "unended": -1.503,
    "leans": -0.411,
    "short": -0.583,
    "question": 0.043,
    "place": 1.016,
    "stated": 3.341,
    "unstated": -1.600,
    "differs": 1.014,
    "denies": 2.648,
    "affirms": -0.734,
}

CERTAINTY = {
    "score": 0.152,
    "own": 0.076,
    "late": 6.729,
    "held": 1.100,
    "around": -2.121,
    "new": 1.899,
    "rarest": 0.018,
    "": -4.495,
}
