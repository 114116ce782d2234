"""Reasons, policies, and markets to play and to measure in."""
