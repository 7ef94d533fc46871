"""The duel's sound effects by name, and how a raw sound becomes a finished one."""

import numpy as np

from tools.audio import interface_effects as interface
from tools.audio import knight_effects as knight
from tools.audio import scene_effects as scene
from tools.audio import slime_effects as slime
from tools.audio.levels import levelled, trimmed
from tools.audio.synth import RATE, faded, filtered, generator, highpass, length

CEILING = 0.74  # of full scale: leaves room for what the MP3 encoder adds to peaks
LEAD = 0.01  # seconds of silence in front: what an encoder smears ahead of a blow then starts from zero

# name: (function, level in dB of levels.loudness)
EFFECTS = {
    "swing": (knight.swing, -24.0),
    "sword_hit": (knight.sword_hit, -18.0),
    "sword_guarded": (knight.sword_guarded, -18.5),
    "roll": (knight.roll, -23.5),
    "block_raise": (knight.block_raise, -24.0),
    "cleave_windup": (slime.cleave_windup, -18.5),
    "cleave_lunge": (slime.cleave_lunge, -18.5),
    "cleave_hit": (slime.cleave_hit, -15.0),
    "cleave_blocked": (slime.cleave_blocked, -16.0),
    "aegis_absorb": (knight.aegis_absorb, -18.5),
    "aegis_fade": (knight.aegis_fade, -21.0),
    "guard_break": (knight.guard_break, -16.0),
    "enrage": (slime.enrage, -15.5),
    "knight_death": (knight.knight_death, -17.5),
    "boss_death": (slime.boss_death, -15.5),
    "victory": (scene.victory, -17.5),
    "defeat": (scene.defeat, -17.0),
    "fog": (scene.fog, -20.0),
    "heartbeat": (scene.heartbeat, -24.0),
    "slow_hit": (scene.slow_hit, -16.0),
    "footstep_a": (knight.footstep_a, -29.0),
    "footstep_b": (knight.footstep_b, -29.0),
    "hop_land": (slime.hop_land, -21.5),
    "ui_move": (interface.ui_move, -27.0),
    "ui_confirm": (interface.ui_confirm, -24.0),
    "ui_back": (interface.ui_back, -25.0),
    "ui_toggle": (interface.ui_toggle, -26.0),
    "lock": (interface.lock, -27.0),
    "tutorial_step": (interface.tutorial_step, -21.5),
    "silence_node": (interface.silence_node, -22.0),
}


def render(name):
    """Finished effect `name`: mono samples at RATE, at its level, peaks at most CEILING, faded ends."""
    make, level = EFFECTS[name]
    signal = filtered(make(generator("effect " + name)), highpass(28.0))
    signal = trimmed(signal)
    signal = faded(signal, 0.002, min(0.25 * signal.size / RATE, 0.4))
    signal = np.concatenate([np.zeros(length(LEAD)), signal])
    return levelled(signal, level, CEILING)
