"""Reading from a real streaming replica."""
