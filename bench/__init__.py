"""Measurements: each script writes the page beside it."""
