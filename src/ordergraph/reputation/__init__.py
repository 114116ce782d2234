"""Reputation: how often somebody was at fault of late."""
