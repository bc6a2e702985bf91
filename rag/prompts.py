"""Every word said to a model."""

REFUSAL = "The documents in the library do not answer this question."
