"""Seller's rules: answers that a seller gives in advance."""
