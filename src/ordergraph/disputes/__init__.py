"""Disputes: from the first message to the decision."""
