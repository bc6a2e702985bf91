"""The faces: page and command line."""
