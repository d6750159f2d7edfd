"""Erases a person from everything that is kept, so that an interruption at any point is mended by a second run."""
