"""What failed again and again, for operators."""
