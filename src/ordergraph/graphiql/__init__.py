"""GraphiQL with the story in ready tabs, served from our own files."""
