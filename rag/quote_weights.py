"""Learned weights: of what `rag.sentence_scores` sees in a sentence, `rag.refusal` in the best ones together.

Written by tests/quality/fit_quotes.py; not to be edited by hand.
"""

WEIGHTS = {
    "late": 4.946,
    "own": 5.626,
    "bare": 2.585,
    "asked": 4.223,
    "covered": 2.238,
    "context": 2.761,
    "new": 2.734,
    "fits": 0.392,
    "lacks": -0.376,
    "defines": 5.992,
    "says": 1.534,
    "preamble": -0.752,
    "heading": -1.609,
    "unended": -1.081,
    "leans": -0.133,
    "short": -1.298,
    "question": 0.003,
    "place": 1.018,
}

CERTAINTY = {
    "score": 0.307,
    "own": 1.160,
    "late": 7.704,
    "held": 1.251,
    "around": -2.416,
    "new": 0.860,
    "focus": -0.956,
    "rarest": 0.420,
    "unseen": 1.602,
    "fits": 0.508,
    "telling": -0.428,
    "": -6.572,
}
