"""What phones show most, read by one statement: parts.py, needs.py, written.py, items.py, then reading.py."""
