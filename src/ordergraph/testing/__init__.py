"""For authors of gateways: what ordergraph expects of theirs, as tests to run."""
