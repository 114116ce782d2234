"""Checkout: from the basket to the paid order."""
