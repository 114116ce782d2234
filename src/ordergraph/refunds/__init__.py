"""Refunds: promised, released, sent, and looked up when nobody knows."""
