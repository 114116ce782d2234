"""What operators decide over disputes: proposed by one, and over a limit confirmed by another."""
