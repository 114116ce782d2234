"""What phones show most, read by one statement: parts.py, needs.py, then reading.py."""
