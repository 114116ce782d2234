"""Which jobs exist and when they run; the rules live in ordergraph."""
