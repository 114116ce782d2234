"""Shipping: the parcel leaves, and what waits for that is answered."""
