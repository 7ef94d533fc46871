"""How the Demon Slime moves: the frames of each animation as poses, and their timing.

`animations()` returns {name: (poses, ticks a frame, loops)}. The phases of a cleave and the daze
of a broken guard last as long as the rules say.
"""

import math

import features as rules
from tools.sprites.posing import sample
from tools.sprites.slime import REST

TURN = 2 * math.pi


def _pose(**changes):
    return REST | changes


def _frames(keys, count, loop=False, waves=1):
    """`count` poses sampled from `keys` (see `posing.sample`), the surface wobbling throughout."""
    span = count if loop else max(count - 1, 1)
    return [sample(keys, i / span, loop) | {"wobble": waves * i / count} for i in range(count)]


def _idle():
    poses = []
    for i in range(8):
        breath = math.sin(TURN * i / 8)
        late = math.sin(TURN * (i / 8 - 0.15))
        poses.append(
            _pose(
                wide=1.0 + 0.025 * breath, tall=1.0 - 0.03 * breath, wobble=i / 8, head=(0.0, 1.2 * late),
                jaw=0.25 + 0.10 * late, arm=(22.0, -30.0 + 1.5 * late), blade=-32.0 + 2.0 * late,
                claw=(26.0, -26.0 - 1.5 * late), heat=0.4 + 0.12 * breath,
            )
        )  # fmt: skip
    return poses


def _hop(direction):
    """One ooze: gather, surge, land; `direction` +1 forwards, -1 backwards."""
    lean = 12.0 * direction
    keys = [
        (0.0, _pose(wide=1.10, tall=0.86, lean=-0.5 * lean, head=(-3.0 * direction, -3.0), blade=-20.0),
         "smooth"),
        (0.30, _pose(wide=0.92, tall=1.10, lean=lean, lift=4.0, head=(5.0 * direction, 3.0), jaw=0.45,
                     arm=(20.0, -22.0), blade=-40.0), "smooth"),
        (0.55, _pose(wide=0.94, tall=1.06, lean=1.2 * lean, lift=6.0, head=(4.0 * direction, 1.0), jaw=0.4,
                     arm=(24.0, -20.0), blade=-46.0), "linear"),
        (0.75, _pose(wide=1.12, tall=0.84, lean=0.4 * lean, head=(2.0 * direction, -6.0), jaw=0.15,
                     arm=(22.0, -32.0), blade=-26.0), "in"),
    ]  # fmt: skip
    return _frames(keys, 8, loop=True)


def _approach():
    return _hop(1)


def _retreat():
    guarded = [pose | {"arm": (30.0, -16.0), "blade": 58.0 + 4.0 * math.sin(TURN * i / 8), "jaw": 0.1}
               for i, pose in enumerate(_hop(-1))]  # fmt: skip
    return guarded


_REARED = _pose(
    wide=0.90, tall=1.15, lean=-20.0, head=(2.0, 3.0), jaw=1.0, arm=(-27.0, 36.0), blade=76.0, claw=(30.0,
                                                                                                     6.0),
    redden=1.0, heat=1.0, blaze=1.35,
)  # fmt: skip


def _windup():
    keys = [
        (0.0, _pose(wide=1.08, tall=0.90, lean=4.0, arm=(4.0, -16.0), blade=6.0, redden=0.15), "smooth"),
        (0.45, _pose(wide=0.93, tall=1.08, lean=-14.0, head=(-4.0, 2.0), jaw=0.6, arm=(-20.0, 24.0),
                     blade=52.0,
                     claw=(30.0, -8.0), redden=0.6, heat=0.75), "out"),
        (0.75, _REARED, "out"),
        (1.0, _REARED | {"lean": -23.0, "blade": 84.0, "wide": 0.88}, "smooth"),
    ]  # fmt: skip
    return _frames(keys, 8, waves=2)


_SLAM = _pose(
    wide=1.12, tall=0.83, lean=22.0, head=(6.0, -6.0), jaw=0.8, arm=(24.0, -36.0), blade=-20.0, claw=(30.0,
                                                                                                      -30.0),
    redden=0.75, heat=1.0, blaze=1.2,
)  # fmt: skip


def _lunge():
    keys = [
        (0.0, _REARED | {"lean": -6.0, "blade": 80.0, "arm": (-6.0, 44.0), "lift": 3.0}, "linear"),
        (0.2, _pose(wide=0.98, tall=1.02, lean=16.0, head=(6.0, 2.0), jaw=1.0, arm=(27.0, 28.0), blade=46.0,
                    lift=5.0,
                    redden=1.0, heat=1.0, smear=0.9, smear_from=118.0, smear_to=42.0), "linear"),
        (0.4, _pose(wide=1.06, tall=0.92, lean=22.0, head=(8.0, -1.0), jaw=1.0, arm=(28.0, -8.0), blade=4.0,
                    lift=2.0,
                    redden=1.0, heat=1.0, smear=1.0, smear_from=96.0, smear_to=0.0), "linear"),
        (0.6, _SLAM | {"smear": 0.9, "smear_from": 60.0, "smear_to": -22.0}, "linear"),
        (0.8, _SLAM | {"wide": 1.15, "tall": 0.79, "smear": 0.6, "smear_from": 24.0, "smear_to": -24.0},
         "linear"),
        (1.0, _SLAM | {"redden": 0.4}, "linear"),
    ]  # fmt: skip
    return _frames(keys, 6)


def _recovery():
    stuck = _SLAM | {"redden": 0.0, "heat": 0.7, "jaw": 0.35, "blade": -22.0}
    keys = [
        (0.0, stuck, "smooth"),
        (0.25, stuck | {"wide": 1.10, "tall": 0.86, "heat": 0.5, "eyes": 0.55, "head": (8.0, -9.0)}, "out"),
        (0.6, stuck | {"wide": 1.08, "tall": 0.86, "heat": 0.3, "eyes": 0.5, "lean": 18.0, "head": (6.0,
                                                                                                    -10.0),
                       "jaw": 0.5}, "smooth"),
        (1.0, _pose(lean=3.0, arm=(24.0, -28.0), blade=-28.0), "smooth"),
    ]  # fmt: skip
    return _frames(keys, 8)


_SHELL = _pose(
    wide=1.0, tall=0.90, lean=-2.0, head=(-4.0, -8.0), jaw=0.0, eyes=0.6, arm=(36.0, -14.0), blade=80.0,
    claw=(30.0, -10.0), shell=1.0, heat=0.2, ripple=0.2, blaze=0.7,
)  # fmt: skip


def _guard():
    keys = [
        (0.0, _pose(arm=(28.0, -20.0), blade=20.0, shell=0.3, tall=0.96), "smooth"),
        (0.4, _SHELL | {"tall": 0.86, "wide": 1.04}, "out"),
        (0.7, _SHELL, "smooth"),
        (1.0, _SHELL | {"tall": 0.91}, "smooth"),
    ]
    return _frames(keys, 6)


def _guard_hit():
    struck = _SHELL | {
        "lean": -14.0,
        "wide": 0.95,
        "arm": (28.0, -13.0),
        "blade": 92.0,
        "heat": 0.9,
        "eyes": 1.0,
    }
    keys = [
        (0.0, struck, "out"),
        (0.5, struck | {"lean": -9.0, "heat": 0.6}, "smooth"),
        (1.0, _SHELL, "smooth"),
    ]
    return _frames(keys, 3)


def _broken():
    burst = _pose(wide=1.05, tall=1.0, lean=-20.0, head=(-10.0, 2.0), jaw=1.0, arm=(-16.0, 18.0), blade=140.0,
                  claw=(26.0, 14.0), shell=0.3, heat=1.0, dazed=1.0, blaze=0.6)  # fmt: skip
    slack = _pose(wide=1.14, tall=0.80, lean=16.0, head=(4.0, -8.0), jaw=0.7, arm=(20.0, -40.0), blade=-18.0,
                  claw=(22.0, -34.0), heat=0.25, dazed=1.0, blaze=0.5)  # fmt: skip
    keys = [(0.0, burst, "out"), (0.3, slack | {"lean": 4.0}, "smooth"), (0.65, slack, "smooth"),
            (1.0, slack | {"lean": 6.0, "head": (-4.0, -8.0)}, "smooth")]  # fmt: skip
    return [pose | {"dazed": 1.0} for pose in _frames(keys, 6)]


def _hurt():
    struck = _pose(wide=0.94, tall=1.03, lean=-18.0, head=(-8.0, 2.0), jaw=0.9, eyes=0.35, arm=(12.0, -26.0),
                   blade=-52.0, heat=0.9)  # fmt: skip
    keys = [
        (0.0, struck, "out"),
        (0.5, struck | {"lean": -10.0, "wide": 1.0}, "smooth"),
        (1.0, _pose(jaw=0.4), "smooth"),
    ]
    return _frames(keys, 3)


def _death():
    """A last roar; then it sags, pours over itself and leaves horns, swords and a puddle."""
    roar = _pose(wide=0.92, tall=1.13, lean=-16.0, head=(-6.0, 6.0), jaw=1.0, arm=(-14.0, 30.0), blade=128.0,
                 claw=(30.0, 16.0), heat=1.0, blaze=1.3)  # fmt: skip
    sag = _pose(wide=1.10, tall=0.84, lean=10.0, jaw=0.8, arm=(24.0, -36.0), blade=-16.0, claw=(24.0,
                                                                                                -34.0),
                                                                                                eyes=0.5,
                heat=0.5, blaze=0.6, melt=0.12, ripple=2.0)  # fmt: skip
    pour = sag | {
        "melt": 0.60,
        "eyes": 0.1,
        "jaw": 0.5,
        "heat": 0.25,
        "blaze": 0.3,
        "wide": 1.14,
        "blade": -8.0,
    }
    flat = pour | {
        "melt": 1.0,
        "eyes": 0.0,
        "heat": 0.05,
        "blaze": 0.0,
        "ripple": 0.6,
        "blade": 4.0,
        "lean": 4.0,
    }
    keys = [(0.0, roar | {"tall": 1.0}, "out"), (0.16, roar, "out"), (0.36, sag, "in"), (0.66, pour,
                                                                                         "smooth"),
            (0.9, flat, "smooth"), (1.0, flat | {"heat": 0.0}, "smooth")]  # fmt: skip
    return _frames(keys, 12, waves=2)


def animations():
    """{name: (poses, ticks a frame, loops)} of every animation of the demon."""
    return {
        "idle": (_idle(), 8.0, True),
        "approach": (_approach(), 5.0, True),
        "retreat": (_retreat(), 5.0, True),
        "windup": (_windup(), rules.WINDUP_TICKS / 8, False),
        "lunge": (_lunge(), rules.LUNGE_TICKS / 6, False),
        "recovery": (_recovery(), rules.RECOVERY_TICKS / 8, False),
        "guard": (_guard(), 4.0, False),
        "guard_hit": (_guard_hit(), 4.0, False),
        "broken": (_broken(), rules.BOSS_BROKEN_TICKS / 6, False),
        "hurt": (_hurt(), 4.0, False),
        "death": (_death(), 8.0, False),
    }
