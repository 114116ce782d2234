"""A consumer withdraws from a purchase, as the law of the European Union lets them."""
