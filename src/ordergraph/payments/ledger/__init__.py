"""The ledger: every movement of money, entered twice."""
