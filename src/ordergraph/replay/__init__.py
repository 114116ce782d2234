"""What would have been different under other numbers: the past, judged again."""
