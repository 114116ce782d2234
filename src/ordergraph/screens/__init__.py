"""What phones show most, read by one statement.

As rows: parts.py, needs.py. As JSON: shown.py, written.py, gaps.py, items.py. Then reading.py.
"""
