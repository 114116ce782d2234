"""Measurements.

`python -m bench`, or `make bench`, is the race: two screens, one button, and subscriptions, against
the limit of the database and against others. Read workloads.py, then contenders.py; servers/ holds
the others, asking.py and live.py measure, page.py and plot.py write results.md and results.png.

`python -m bench.refunds` (refunds.md) and `python -m bench.subscriptions` look at one thing each.
"""
