"""Generators of committed files (kernel, sprites, audio) and helpers of tests and benchmarks."""
