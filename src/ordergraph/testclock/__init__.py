"""The test clock: move time in development, and watch what happens by itself."""
