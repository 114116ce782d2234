"""The long story of a dispute, for `ordergraph tour --dispute`."""
