"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 4.888,
    "own": 4.176,
    "bare": 3.884,
    "asked": 4.917,
    "covered": 3.135,
    "context": 3.021,
    "new": 2.215,
    "fits": 0.423,
    "lacks": -0.483,
    "defines": 5.109,
    "says": 1.198,
    "preamble": -0.481,
    "heading": -1.623,
    "unended": -1.493,
    "leans": -0.320,
    "short": -0.563,
    "question": -0.049,
    "place": 1.030,
    "stated": 3.315,
    "unstated": -1.496,
}

CERTAINTY = {
    "score": 0.185,
    "own": -0.317,
    "late": 7.248,
    "held": 1.522,
    "around": -1.980,
    "new": 1.540,
    "focus": -0.192,
    "rarest": 0.222,
    "unseen": 1.073,
    "fits": 0.333,
    "telling": 0.166,
    "unstated": 0.000,
    "lost": -5.166,
    "nearest": -2.056,
    "nobody": -0.801,
    "names": -0.500,
    "": -5.427,
}
