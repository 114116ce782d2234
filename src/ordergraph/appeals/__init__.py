"""Appeals: another look at what the operator decided. They may only add money to a party."""
