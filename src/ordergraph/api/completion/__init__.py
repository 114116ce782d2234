"""Answers by compiled code: see executor.py, and ADR 30."""
