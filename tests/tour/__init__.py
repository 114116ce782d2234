"""The tour, played against real processes and against servers that lie."""
