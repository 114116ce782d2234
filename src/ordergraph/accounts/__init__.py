"""Buyers, sellers and operators, as far as orders need to know them."""
