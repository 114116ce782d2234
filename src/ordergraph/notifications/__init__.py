"""What each side is told of the other's doings."""
