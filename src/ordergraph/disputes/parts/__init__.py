"""A dispute in the API, part by part; graphql.py joins them."""
