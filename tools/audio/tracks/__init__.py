"""The duel's music, one module a track.

Each module has `FORM` (metre, harmony and length), `introduction()`, `loop()` and `rage()`: lists of notes
counted in beats from the start of the part. `rage()` is what the loop gains while the boss is enraged.
"""

from tools.audio.tracks import duel, furnace, requiem

TRACKS = {"duel": duel, "furnace": furnace, "requiem": requiem}
