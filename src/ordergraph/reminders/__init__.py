"""Reminders of what runs out, for whoever it waits for. Disputes, whose turns are put off, have their own."""
