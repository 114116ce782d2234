"""Quiet settlement: what each side would settle for, told to nobody."""
