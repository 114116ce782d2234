"""Cancellations: of an order, or of a part of it."""
