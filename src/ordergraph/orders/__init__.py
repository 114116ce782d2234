"""Orders: placing, shipping, delivering, and the clocks that run on them."""
