"""The parcel leaves, and comes; what waits for that is answered."""
