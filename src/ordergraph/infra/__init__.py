"""The world outside: database, Redis, clocks. Nothing here knows a domain."""
