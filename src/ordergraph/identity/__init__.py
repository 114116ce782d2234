"""Who is asking: bearer tokens, whose signatures are checked, and which may be taken back."""
