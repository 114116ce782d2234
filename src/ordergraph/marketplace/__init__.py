"""What the marketplace itself chooses: reasons to pick from, and the numbers of its policy."""
