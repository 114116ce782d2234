"""What every resolver shares. Nothing here knows a domain."""
