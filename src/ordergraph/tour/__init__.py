"""`ordergraph tour`: the whole story, played against a running server by real clients."""
