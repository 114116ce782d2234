"""The history of the schema, run by Tortoise."""
