"""Sound synthesis for the duel: primitives, effects, instruments, the score and its mix.

Everything is computed with numpy from seeded generators; `python -m tools.make_audio` writes the files.
"""
