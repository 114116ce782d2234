"""The servers that ordergraph is measured against."""
