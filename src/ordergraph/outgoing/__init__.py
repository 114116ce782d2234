"""Webhooks out: what happens here is told to other people's systems, signed, until they have it."""
