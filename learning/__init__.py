"""Learning from real fights: lessons, candidates near the anchor, the gate, and the cycle that joins them."""
