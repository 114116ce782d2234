"""GraphiQL: its build, its routes, and the page in a real browser."""
