"""The art of the duel, drawn by code: shading, skeletons, fighters, arena and effects.

`python -m tools.make_sprites` writes every file of `web/assets/` from here. The modules are plain
functions over numpy arrays; nothing is random, so the same code always draws the same pixels.
"""
