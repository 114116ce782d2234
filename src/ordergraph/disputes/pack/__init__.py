"""The evidence pack: all that a viewer sees of a dispute, in one file, as for a bank."""
