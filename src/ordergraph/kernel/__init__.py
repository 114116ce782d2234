"""Pure words that every domain shares; nothing here knows a database or a network."""
