"""How the Demon Slime moves: the frames of each animation as poses, and their timing.

`animations()` returns {name: (poses, ticks a frame, repeats)}. The phases of a cleave and the daze
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
        later = math.sin(TURN * (i / 8 - 0.28))
        poses.append(
            _pose(
                wide=1.0 + 0.035 * breath, tall=1.0 - 0.045 * breath, wobble=i / 8,
                lean=1.5 * later, head=(0.8 * later, 1.8 * late), jaw=0.25 + 0.12 * late,
                arm=(22.0 + later, -30.0 + 2.0 * late), blade=-32.0 + 3.0 * later,
                claw=(26.0 + 1.5 * later, -26.0 - 2.0 * late), heat=0.4 + 0.12 * breath,
            )
        )  # fmt: skip
    return poses


def _approach():
    """A hop: it gathers, stretches upwards off the floor, falls and is flattened by its own weight."""
    gathered = _pose(wide=1.13, tall=0.80, lean=-4.0, head=(-4.0, -6.0), arm=(16.0, -30.0), blade=-16.0,
                     claw=(20.0, -30.0), jaw=0.1)  # fmt: skip
    keys = [
        (0.0, _pose(wide=1.03, tall=0.95, lean=1.0, blade=-26.0), "smooth"),
        (0.2, gathered, "smooth"),
        (0.4, _pose(wide=0.87, tall=1.20, lean=20.0, lift=8.0, head=(6.0, 3.0), jaw=0.5,
                    arm=(18.0, -30.0), blade=-52.0, claw=(28.0, -12.0)), "out"),
        (0.55, _pose(wide=0.94, tall=1.08, lean=17.0, lift=17.0, head=(5.0, 4.0), jaw=0.55,
                     arm=(26.0, -16.0), blade=-44.0, claw=(32.0, -4.0)), "out"),
        (0.7, _pose(wide=0.97, tall=1.02, lean=12.0, lift=8.0, head=(3.0, 4.0), jaw=0.4,
                    arm=(27.0, -10.0), blade=-24.0, claw=(30.0, 0.0)), "in"),
        (0.8, _pose(wide=1.15, tall=0.78, lean=6.0, head=(2.0, -9.0), jaw=0.15,
                    arm=(24.0, -30.0), blade=-18.0, claw=(26.0, -34.0)), "linear"),
        (0.9, _pose(wide=0.98, tall=1.02, lean=3.0, head=(0.0, 2.0), arm=(22.0, -27.0), blade=-36.0),
         "smooth"),
    ]  # fmt: skip
    return _frames(keys, 10, loop=True)


def _retreat():
    """It drags itself backwards, the cleaver held up between itself and the knight."""
    behind = {"arm": (31.0, -15.0), "claw": (33.0, -4.0), "jaw": 0.1}
    keys = [
        (0.0, _pose(**behind, wide=1.02, tall=0.95, lean=-2.0, head=(2.0, -2.0), blade=60.0), "smooth"),
        (0.3, _pose(**behind, wide=1.16, tall=0.85, lean=6.0, head=(6.0, -5.0), blade=52.0), "smooth"),
        (0.6, _pose(**behind, wide=0.94, tall=1.06, lean=-16.0, lift=6.0, head=(-5.0, 2.0), blade=68.0),
         "smooth"),
        (0.8, _pose(**behind, wide=1.02, tall=0.92, lean=-12.0, head=(-5.0, -4.0), blade=64.0), "smooth"),
    ]  # fmt: skip
    return _frames(keys, 8, loop=True)


_REARED = _pose(
    wide=0.88, tall=1.20, lean=-24.0, head=(4.0, 3.0), jaw=1.0, arm=(-30.0, 34.0), blade=112.0,
    blade_size=1.34, claw=(34.0, 12.0), redden=1.0, heat=1.0, blaze=1.35, ripple=1.6,
)  # fmt: skip


def _windup():
    """A crouch first, then a tower with the cleaver behind its head, trembling until it falls."""
    keys = [
        (0.0, _pose(wide=1.12, tall=0.84, lean=8.0, head=(4.0, -6.0), arm=(14.0, -32.0), blade=-14.0,
                    claw=(20.0, -32.0), jaw=0.05, redden=0.1), "smooth"),
        (0.16, _pose(wide=1.10, tall=0.86, lean=2.0, head=(0.0, -6.0), arm=(-4.0, -12.0), blade=40.0,
                     claw=(24.0, -24.0), jaw=0.2, redden=0.3, heat=0.5), "smooth"),
        (0.58, _REARED | {"tall": 1.25, "lean": -20.0, "wide": 0.85, "blade_size": 1.26}, "out"),
        (0.72, _REARED, "smooth"),
        (0.86, _REARED | {"lean": -27.0, "tall": 1.17, "blade": 119.0, "wide": 0.91}, "smooth"),
        (1.0, _REARED | {"lean": -29.0, "tall": 1.14, "blade": 124.0, "wide": 0.93, "head": (0.0, 2.0)},
         "smooth"),
    ]  # fmt: skip
    return _frames(keys, 8, waves=2)


_SLAM = _pose(
    wide=1.15, tall=0.80, lean=22.0, head=(4.0, -8.0), jaw=0.8, arm=(4.0, -38.0), blade=-14.0,
    blade_size=1.17, claw=(28.0, -34.0), redden=0.8, heat=1.0, blaze=1.2,
)  # fmt: skip


def _lunge():
    """Thrown forwards with the cleaver overhead; it strikes as the hitbox opens and sinks into the floor."""
    hurled = {"redden": 1.0, "heat": 1.0, "jaw": 1.0, "blaze": 1.35}
    return [
        _pose(**hurled, wobble=0.0, wide=0.90, tall=1.16, lean=-2.0, head=(2.0, 4.0), lift=5.0,
              arm=(-12.0, 42.0), blade=98.0, blade_size=1.32, claw=(20.0, 18.0)),
        _pose(**hurled, wobble=0.1, wide=0.97, tall=1.06, lean=22.0, head=(6.0, 3.0), lift=10.0,
              arm=(14.0, 40.0), blade=58.0, blade_size=1.26, claw=(16.0, -10.0),
              smear=0.9, smear_from=150.0, smear_to=66.0),
        _pose(**hurled, wobble=0.2, wide=1.05, tall=0.94, lean=28.0, head=(4.0, 0.0), lift=4.0,
              arm=(8.0, -4.0), blade=8.0, blade_size=1.19, claw=(16.0, -26.0),
              smear=1.0, smear_from=128.0, smear_to=2.0),
        _SLAM | {"wobble": 0.3, "wide": 1.19, "tall": 0.73, "head": (2.0, -12.0), "redden": 1.0,
                 "smear": 0.9, "smear_from": 84.0, "smear_to": -22.0, "impact": 1.0},
        _SLAM | {"wobble": 0.4, "wide": 1.20, "tall": 0.71, "head": (2.0, -14.0),
                 "smear": 0.55, "smear_from": 44.0, "smear_to": -24.0, "impact": 0.8},
        _SLAM | {"wobble": 0.5, "wide": 1.16, "tall": 0.76, "head": (3.0, -8.0), "impact": 0.55},
        _SLAM | {"wobble": 0.6, "wide": 1.10, "tall": 0.87, "head": (4.0, 0.0), "redden": 0.6,
                 "impact": 0.3},
        _SLAM | {"wobble": 0.7, "wide": 1.13, "tall": 0.82, "redden": 0.4, "impact": 0.12},
    ]  # fmt: skip


def _recovery():
    """Spent: it hangs over the cleaver, tugs at it, and tears it out of the floor with a jolt."""
    stuck = _SLAM | {"redden": 0.0, "heat": 0.7, "jaw": 0.35, "blade": -14.0}
    spent = stuck | {"wide": 1.13, "tall": 0.80, "heat": 0.35, "eyes": 0.5, "head": (7.0, -11.0), "jaw": 0.55,
                     "claw": (20.0, -38.0), "blade_size": 1.14}  # fmt: skip
    tug = spent | {"wide": 0.97, "tall": 0.97, "lean": 2.0, "eyes": 0.8, "head": (-3.0, -2.0), "jaw": 0.05,
                   "arm": (28.0, -41.0), "blade": -12.0, "claw": (30.0, -30.0)}  # fmt: skip
    free = _pose(wide=0.95, tall=1.05, lean=-8.0, head=(-3.0, 3.0), arm=(20.0, -8.0), blade=16.0, jaw=0.5)
    keys = [
        (0.0, stuck, "smooth"),
        (0.22, spent, "out"),
        (0.45, spent | {"tall": 0.83, "wide": 1.11, "heat": 0.3}, "smooth"),
        (0.64, tug, "smooth"),
        (0.76, tug | {"lean": -3.0, "wide": 0.95}, "smooth"),
        (0.88, free, "out"),
        (1.0, _pose(lean=2.0, arm=(23.0, -27.0), blade=-24.0), "smooth"),
    ]
    return _frames(keys, 9)


_SHELL = _pose(
    wide=1.03, tall=0.86, lean=-3.0, head=(-5.0, -10.0), jaw=0.0, eyes=0.6, arm=(34.0, -15.0), blade=84.0,
    blade_size=1.22, claw=(31.0, -8.0), shell=1.0, heat=0.2, ripple=0.15, blaze=0.7,
)  # fmt: skip


def _guard():
    """It draws itself in and turns to glass from the front; then it is held, breathing behind the blade."""
    keys = [
        (0.0, _pose(arm=(26.0, -24.0), blade=6.0, tall=0.97, shell=0.25), "smooth"),
        (0.35, _SHELL | {"shell": 0.55, "blade": 50.0, "tall": 0.90, "arm": (31.0, -17.0)}, "smooth"),
        (0.7, _SHELL | {"shell": 0.85, "tall": 0.80, "wide": 1.09, "blade": 90.0}, "out"),
        (1.0, _SHELL, "smooth"),
    ]
    raised = _frames(keys, 5)
    held = []
    for i in range(6):
        breath, late = math.sin(TURN * (i + 1) / 6), math.sin(TURN * (i + 0.4) / 6)
        held.append(
            _SHELL | {"wobble": (i + 1) / 6, "tall": 0.86 + 0.02 * breath, "blade": 84.0 + 2.0 * late,
                      "head": (-5.0, -10.0 + 1.2 * late), "heat": 0.25 + 0.12 * breath}
        )  # fmt: skip
    return raised + held


def _guard_hit():
    struck = _SHELL | {"lean": -17.0, "wide": 0.95, "arm": (24.0, -12.0), "blade": 98.0, "heat": 1.0,
                       "eyes": 1.0, "head": (-9.0, -10.0)}  # fmt: skip
    keys = [
        (0.0, struck | {"lean": -12.0}, "out"),
        (0.33, struck, "out"),
        (0.66, struck | {"lean": -8.0, "heat": 0.6, "blade": 90.0, "wide": 1.0}, "smooth"),
        (1.0, _SHELL | {"lean": 0.0}, "smooth"),
    ]
    return _frames(keys, 4)


def _broken():
    """The glass bursts, it is thrown back, drops, and sways with its senses gone."""
    burst = _pose(wide=0.98, tall=1.08, lean=-26.0, head=(-12.0, 4.0), jaw=1.0, arm=(-18.0, 20.0),
                  blade=146.0, claw=(26.0, 18.0), shell=0.45, heat=1.0, blaze=0.6, ripple=2.0)  # fmt: skip
    slack = _pose(wide=1.15, tall=0.78, lean=14.0, head=(4.0, -9.0), jaw=0.7, arm=(20.0, -42.0), blade=-14.0,
                  claw=(22.0, -36.0), heat=0.25, blaze=0.5, ripple=1.6)  # fmt: skip
    keys = [
        (0.0, burst, "out"),
        (0.14, burst | {"lean": -30.0, "shell": 0.2, "head": (-14.0, 2.0)}, "out"),
        (0.32, slack | {"tall": 0.70, "wide": 1.20, "lean": 8.0}, "in"),
        (0.46, slack | {"tall": 0.84, "wide": 1.12, "lean": 4.0, "head": (-2.0, -6.0)}, "out"),
        (0.66, slack | {"lean": 18.0, "head": (8.0, -10.0)}, "smooth"),
        (0.86, slack | {"lean": 2.0, "head": (-6.0, -9.0)}, "smooth"),
        (1.0, slack | {"lean": 8.0, "head": (0.0, -6.0), "tall": 0.84, "jaw": 0.4}, "smooth"),
    ]
    return [pose | {"dazed": 1.0} for pose in _frames(keys, 9, waves=2)]


def _hurt():
    struck = _pose(wide=0.93, tall=1.05, lean=-22.0, head=(-11.0, 3.0), jaw=1.0, eyes=0.3, arm=(8.0, -26.0),
                   blade=-58.0, claw=(30.0, -10.0), heat=1.0, ripple=2.4)  # fmt: skip
    keys = [
        (0.0, struck, "out"),
        (0.33, struck | {"lean": -17.0, "wide": 0.98, "tall": 1.0}, "out"),
        (
            0.7,
            _pose(wide=1.06, tall=0.92, lean=3.0, head=(3.0, -4.0), jaw=0.5, heat=0.6, ripple=2.0),
            "smooth",
        ),
        (1.0, _pose(jaw=0.35), "smooth"),
    ]
    return _frames(keys, 4)


def _death():
    """A last roar; then it sags, pours over itself and leaves horns, swords and a puddle."""
    roar = _pose(wide=0.90, tall=1.20, lean=-18.0, head=(-4.0, 6.0), jaw=1.0, arm=(-16.0, 32.0), blade=128.0,
                 claw=(32.0, 20.0), heat=1.0, blaze=1.4, ripple=2.5)  # fmt: skip
    sag = _pose(wide=1.06, tall=0.90, lean=12.0, head=(2.0, -4.0), jaw=0.9, arm=(16.0, -40.0), blade=-18.0,
                claw=(24.0, -36.0), eyes=0.6, heat=0.6, blaze=0.6, melt=0.10, ripple=2.0)  # fmt: skip
    pour = sag | {"melt": 0.45, "eyes": 0.25, "jaw": 0.8, "heat": 0.35, "blaze": 0.35, "blade": -10.0,
                  "tall": 0.96}  # fmt: skip
    sunk = pour | {
        "melt": 0.76,
        "eyes": 0.0,
        "jaw": 0.6,
        "heat": 0.2,
        "blaze": 0.15,
        "blade": -4.0,
        "tall": 1.1,
    }
    flat = sunk | {"melt": 1.0, "jaw": 0.2, "heat": 0.04, "blaze": 0.0, "ripple": 0.5, "blade": 3.0,
                   "lean": 4.0, "tall": 1.0}  # fmt: skip
    keys = [
        (0.0, roar | {"tall": 0.94, "wide": 1.06, "lean": -6.0, "blade": 60.0, "arm": (2.0, 6.0)}, "out"),
        (0.11, roar, "out"),
        (0.20, roar | {"lean": -22.0, "head": (-7.0, 7.0), "blade": 134.0}, "smooth"),
        (0.36, sag, "in"),
        (0.56, pour, "smooth"),
        (0.74, sunk, "linear"),
        (0.92, flat, "smooth"),
        (1.0, flat | {"heat": 0.0, "wide": 1.09, "blade": 4.0}, "smooth"),
    ]
    return _frames(keys, 14, waves=2)


def animations():
    """{name: (poses, ticks a frame, repeats)} of every animation of the demon.

    `repeats`: the frame the animation goes back to after its last one, or None: it holds its last one.
    """
    return {
        "idle": (_idle(), 8.0, 0),
        "approach": (_approach(), 4.0, 0),
        "retreat": (_retreat(), 5.0, 0),
        "windup": (_windup(), rules.WINDUP_TICKS / 8, None),
        "lunge": (_lunge(), rules.LUNGE_TICKS / 8, None),
        "recovery": (_recovery(), rules.RECOVERY_TICKS / 9, None),
        "guard": (_guard(), 4.0, 5),
        "guard_hit": (_guard_hit(), 3.0, None),
        "broken": (_broken(), rules.BOSS_BROKEN_TICKS / 9, None),
        "hurt": (_hurt(), 3.5, None),
        "death": (_death(), 7.0, None),
    }
