"""Learned weights of what `rag.sentence_scores` sees in a sentence that may answer."""

WEIGHTS = {"late": 5.0, "own": 5.4, "covered": 3.0, "context": 4.0, "new": 2.6, "fits": 0.6, "lacks": -0.7, "defines": 2.5}
