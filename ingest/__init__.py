"""Files in, passages in the library."""
