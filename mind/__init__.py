"""The inside of `modular_mind`: the architecture, and the weight files. Import the face instead."""
