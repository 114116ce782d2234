"""Payments: what was captured, what is promised back, and the gateways behind it."""
