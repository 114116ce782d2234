"""Giving money back of one's own accord, of what late requests have left of an order."""
