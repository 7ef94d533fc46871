"""How the Fire Knight moves: the frames of each animation as poses, and their timing.

`animations()` returns {name: (poses, ticks a frame, loops)}. Each phase of a swing, a roll, a
stagger lasts as long as the rules say.
"""

import math

import features as rules
from tools.sprites.knight import REST
from tools.sprites.posing import sample

TURN = 2 * math.pi


def _pose(**changes):
    return REST | changes


def _looped(pose, time, flicker=1):
    """`pose` with cape and plume moving; `time` in turns of the animation, `flicker` plume waves."""
    return pose | {"flame": time * flicker, "cape_wave": time}


def _frames(keys, count, loop=False, flicker=1, first=0.0):
    """`count` poses sampled from `keys` (see `posing.sample`), with cape and plume in motion."""
    span = count if loop else max(count - 1, 1)
    return [_looped(sample(keys, i / span, loop), first + i / count, flicker) for i in range(count)]


def _idle():
    poses = []
    for i in range(8):
        breath = math.sin(TURN * i / 8)
        pose = _pose(
            hip=(0.0, 25.2 + 0.5 * breath),
            lean=8.0 + 1.0 * breath,
            near_hand=(6.0, -13.0 + 0.7 * breath),
            far_hand=(9.0, -8.5 + 0.8 * breath),
            sword=-22.0 + 2.0 * breath,
            cape=20.0 + 3.0 * breath,
            heat=0.35 + 0.1 * breath,
        )
        poses.append(_looped(pose, i / 8))
    return poses


def _run():
    poses = []
    for i in range(8):
        t = TURN * i / 8
        feet = {}
        for name, phase in (("near", t), ("far", t + math.pi)):
            swing, lift = math.cos(phase), max(0.0, -math.sin(phase))
            feet[name + "_foot"] = (13.0 * swing - 1.0, 10.0 * lift**1.2 + (3.0 * lift if swing < 0 else 0.0))
            feet[name + "_toe"] = -38.0 * lift * (1 if swing < 0 else -0.35) + 14.0 * max(0.0, swing) * (
                lift > 0
            )
        pose = _pose(
            hip=(1.0, 24.6 + 1.7 * math.cos(2 * t)),
            lean=20.0 + 2.0 * math.cos(2 * t),
            head=-8.0,
            near_hand=(2.0 - 5.5 * math.cos(t), -13.0 + 1.0 * math.sin(2 * t)),
            far_hand=(9.5 + 2.5 * math.cos(t), -7.0),
            sword=196.0 - 8.0 * math.cos(t),
            cape=58.0 + 4.0 * math.sin(2 * t),
            flame_sweep=72.0,
            **feet,
        )
        poses.append(_looped(pose, i / 8))
    return poses


def _roll():
    """A dive, one full turn tucked over the shoulder, and up again."""
    dive = _pose(
        hip=(4.0, 19.0), lean=58.0, head=-10.0, near_hand=(12.0, -8.0), far_hand=(14.0, -6.0),
        near_foot=(-15.0, 2.0), far_foot=(-4.0, 0.0), near_toe=-30.0, sword=172.0, cape=60.0,
        flame_sweep=85.0,
    )  # fmt: skip
    rise = _pose(
        hip=(-2.0, 17.0), lean=40.0, head=-14.0, near_hand=(2.0, -13.0), far_hand=(11.0, -7.0),
        near_foot=(-9.0, 0.0), far_foot=(9.0, 0.0), sword=188.0, cape=40.0, flame_sweep=70.0,
    )  # fmt: skip
    settle = _pose(hip=(0.0, 22.5), lean=18.0, sword=-34.0, cape=14.0, flame_sweep=48.0)
    heights = (19.5, 18.5, 17.5, 18.5, 19.5)
    tucked = [_pose(tuck=1.0, hip=(0.0, y), spin=-35.0 - 76.0 * i) for i, y in enumerate(heights)]
    poses = [dive, *tucked, rise, settle]
    return [_looped(pose, i / 8, 2) for i, pose in enumerate(poses)]


# The swing: the sword goes up and back (startup), comes down in front (active), and is hauled home.
_RAISED = _pose(
    hip=(-4.0, 23.4), lean=-12.0, head=12.0, near_hand=(-5.0, 7.0), far_hand=(11.0, -3.0), sword=142.0,
    near_foot=(-12.0, 0.0), far_foot=(9.0, 2.0), far_toe=14.0, cape=4.0, heat=0.8, flame_sweep=16.0,
    flame_size=1.25,
)  # fmt: skip
_CUT = _pose(
    hip=(8.0, 21.0), lean=30.0, head=-14.0, near_hand=(16.0, -4.0), far_hand=(2.0, -12.0), sword=-14.0,
    near_foot=(-12.0, 0.0), near_toe=-16.0, far_foot=(21.0, 0.0), cape=52.0, heat=1.0, flame_sweep=70.0,
    shield=(0.0, 0.0), shield_turn=-20.0, flame_size=1.2,
)  # fmt: skip


def _attack_startup():
    keys = [
        (0.0, _pose(hip=(-1.0, 24.2), lean=2.0, near_hand=(3.0, -8.0), sword=34.0, heat=0.5), "out"),
        (0.4, _pose(hip=(-3.0, 23.6), lean=-6.0, near_hand=(-2.0, 3.0), sword=96.0, heat=0.6,
                    far_hand=(11.0, -4.0),
                    near_foot=(-11.0, 0.0)), "out"),
        (0.8, _RAISED, "out"),
        (1.0, _RAISED | {"sword": 150.0, "hip": (-4.5, 22.6), "lean": -14.0}, "out"),
    ]  # fmt: skip
    return _frames(keys, 4, flicker=1)


def _attack_active():
    swing = [
        _CUT | {"hip": (3.0, 22.6), "lean": 10.0, "near_hand": (9.0, 8.0), "sword": 62.0, "far_foot": (16.0,
                                                                                                       1.0),
                "smear_from": 158.0, "smear_to": 58.0, "smear": 0.9, "smear_centre": (8.0, 42.0),
                "smear_radius": 52.0},
        _CUT | {"smear_from": 118.0, "smear_to": -18.0, "smear": 1.0, "smear_centre": (17.0, 36.0),
                "smear_radius": 60.0},
        _CUT | {"hip": (9.0, 20.4), "lean": 34.0, "near_hand": (14.0, -11.0), "sword": -24.0,
                "smear_from": 58.0, "smear_to": -30.0, "smear": 0.72, "smear_centre": (18.0, 34.0),
                "smear_radius": 60.0},
    ]  # fmt: skip
    return [_looped(pose, i / 3, 1) for i, pose in enumerate(swing)]


def _attack_recovery():
    low = _CUT | {
        "hip": (9.0, 20.0),
        "lean": 38.0,
        "near_hand": (13.0, -13.0),
        "sword": -24.0,
        "heat": 0.85,
        "cape": 36.0,
    }
    keys = [
        (0.0, low, "out"),
        (
            0.35,
            low
            | {
                "sword": -25.0,
                "lean": 38.0,
                "hip": (8.0, 19.4),
                "heat": 0.65,
                "cape": 22.0,
                "flame_sweep": 45.0,
            },
            "out",
        ),
        (
            1.0,
            _pose(hip=(1.0, 24.4), lean=12.0, sword=-28.0, near_foot=(-8.0, 0.0), far_foot=(10.0, 0.0)),
            "smooth",
        ),
    ]
    return _frames(keys, 5)


_GUARD = _pose(
    hip=(-2.0, 22.4), lean=6.0, head=8.0, far_hand=(13.5, -6.0), shield=(2.0, -1.0), shield_width=0.92,
    shield_turn=4.0, shield_front=1.0, near_hand=(-6.0, -13.0), sword=212.0, near_foot=(-12.0, 0.0),
    far_foot=(8.0, 0.0),
    cape=16.0,
)  # fmt: skip


def _block():
    keys = [
        (
            0.0,
            _GUARD
            | {"hip": (-1.0, 23.6), "far_hand": (10.0, -10.0), "shield_turn": -10.0, "shield_width": 0.75},
            "out",
        ),
        (0.5, _GUARD | {"far_hand": (14.5, -4.0)}, "out"),
        (1.0, _GUARD, "smooth"),
    ]
    return _frames(keys, 4)


def _block_hit():
    struck = _GUARD | {"hip": (-7.0, 21.0), "lean": -10.0, "head": 14.0, "far_hand": (9.0, -4.0),
                       "shield_turn": 16.0,
                       "near_foot": (-15.0, 0.0), "far_foot": (3.0, 0.0), "cape": -10.0, "flame_sweep": 0.0,
                       "flame_size": 0.8}  # fmt: skip
    keys = [
        (0.0, struck, "out"),
        (0.5, struck | {"hip": (-5.0, 21.4), "lean": -4.0}, "smooth"),
        (1.0, _GUARD, "smooth"),
    ]
    return _frames(keys, 3)


def _guard_broken():
    flung = _pose(
        hip=(-6.0, 22.0), lean=-26.0, head=20.0, far_hand=(8.0, 12.0), shield=(2.0, 4.0), shield_turn=48.0,
        shield_width=0.8, near_hand=(-11.0, -2.0), sword=132.0, near_foot=(-14.0, 0.0), far_foot=(6.0, 4.0),
        far_toe=22.0, cape=-16.0, flame_sweep=-10.0, flame_size=0.8, visor=0.4,
    )  # fmt: skip
    slumped = _pose(
        hip=(-4.0, 19.0), lean=26.0, head=24.0, far_hand=(5.0, -15.0), shield=(1.0, -4.0), shield_turn=-20.0,
        near_hand=(8.0, -12.0), sword=325.0, near_foot=(-12.0, 0.0), far_foot=(7.0, 0.0), cape=8.0,
        flame_size=0.55, flame_sweep=30.0, visor=0.1, heat=0.1,
    )  # fmt: skip
    keys = [(0.0, flung, "out"), (0.2, flung | {"lean": -22.0, "hip": (-8.0, 21.0)}, "out"), (0.6, slumped,
                                                                                              "smooth"),
            (0.8, slumped | {"hip": (-4.0, 18.2), "lean": 30.0}, "smooth"), (1.0, slumped,
                                                                             "smooth")]  # fmt: skip
    return _frames(keys, 6)


def _hurt():
    struck = _pose(
        hip=(-5.0, 22.4), lean=-20.0, head=-16.0, far_hand=(10.0, 2.0), shield=(2.0, 2.0), shield_turn=20.0,
        near_hand=(-7.0, -9.0), sword=208.0, near_foot=(-13.0, 0.0), far_foot=(5.0, 1.5), far_toe=14.0,
        cape=-12.0, flame_sweep=-14.0, flame_size=0.75, visor=0.3,
    )  # fmt: skip
    keys = [(0.0, struck | {"lean": -26.0}, "out"), (0.35, struck, "out"),
            (1.0, _pose(hip=(-2.0, 23.8), lean=2.0, cape=10.0, near_hand=(-6.0, -11.0), sword=200.0),
             "smooth")]  # fmt: skip
    return _frames(keys, 4)


def _death():
    """Struck, he sinks to his knees, the sword slips away, and the plume goes out as he falls."""
    reel = _pose(hip=(-4.0, 22.6), lean=-22.0, head=-18.0, near_hand=(7.0, -7.0), far_hand=(8.0, -4.0),
                 sword=392.0,
                 near_foot=(-12.0, 0.0), far_foot=(6.0, 0.0), cape=-8.0, flame_size=0.8,
                 visor=0.5)  # fmt: skip
    kneel = _pose(hip=(-3.0, 15.0), lean=10.0, head=20.0, near_hand=(6.0, -14.0), far_hand=(7.0, -14.0),
                  sword=334.0,
                  near_foot=(-14.0, 1.0), near_toe=-60.0, far_foot=(7.0, 0.0), cape=6.0, flame_size=0.6,
                  visor=0.3,
                  heat=0.1, shield=(0.0, -4.0), shield_turn=-10.0)  # fmt: skip
    loose = kneel | {
        "sword_held": 0.0,
        "sword_at": (12.0, 2.6),
        "sword": 358.0,
        "heat": 0.0,
        "hip": (-3.0, 12.0),
        "lean": 26.0,
        "head": 32.0,
        "flame_size": 0.4,
        "near_hand": (4.0, -16.0),
        "visor": 0.12,
    }
    tipping = loose | {
        "spin": -38.0,
        "hip": (0.0, 10.0),
        "lean": 20.0,
        "flame_size": 0.25,
        "visor": 0.0,
        "near_foot": (-14.0, 0.0),
        "far_foot": (-6.0, 0.0),
        "far_toe": -30.0,
        "far_hand": (9.0, -12.0),
    }
    lying = loose | {"spin": -78.0, "hip": (2.0, 5.6), "lean": 4.0, "head": 2.0, "flame_size": 0.0,
                     "visor": 0.0,
                     "near_foot": (-2.0, -19.0), "far_foot": (4.0, -18.0), "near_toe": -40.0,
                     "far_toe": -40.0,
                     "near_hand": (4.0, 13.0), "far_hand": (9.0, 10.0), "shield": (0.0, 0.0),
                     "shield_width": 0.3,
                     "cape": 4.0, "shroud": 1.0}  # fmt: skip
    order = [
        reel,
        reel | {"lean": -26.0, "hip": (-6.0, 21.6)},
        None,
        kneel,
        kneel | {"hip": (-3.0, 14.2), "lean": 14.0},
        loose,
        None,
        tipping,
        lying,
        lying | {"hip": (2.0, 5.2)},
    ]
    order[2] = sample([(0.0, reel, "smooth"), (1.0, kneel, "smooth")], 0.55)
    order[6] = sample([(0.0, loose, "smooth"), (1.0, tipping, "smooth")], 0.45)
    return [_looped(pose, 0.5 * i / 10, 2) for i, pose in enumerate(order)]


def _victory():
    gather = _pose(hip=(0.0, 23.0), lean=14.0, head=10.0, near_hand=(9.0, -10.0), sword=60.0, heat=0.5)
    high = _pose(
        hip=(0.0, 26.6), lean=-6.0, head=-16.0, near_hand=(5.0, 15.0), sword=86.0, far_hand=(8.0, -12.0),
        near_foot=(-7.0, 0.0), far_foot=(7.0, 0.0), heat=1.0, flame_size=1.55, flame_sweep=14.0, cape=26.0,
    )  # fmt: skip
    keys = [(0.0, gather, "smooth"), (0.45, high, "out"), (1.0, high | {"near_hand": (5.0, 16.0)}, "smooth")]
    return _frames(keys, 8, flicker=2)


def animations():
    """{name: (poses, ticks a frame, loops)} of every animation of the knight."""
    startup = rules.ATTACK_HITBOX_START
    active = rules.ATTACK_HITBOX_END - startup
    return {
        "idle": (_idle(), 8.0, True),
        "run": (_run(), 5.0, True),
        "roll": (_roll(), rules.ROLL_TICKS / 8, False),
        "attack_startup": (_attack_startup(), startup / 4, False),
        "attack_active": (_attack_active(), active / 3, False),
        "attack_recovery": (_attack_recovery(), (rules.ATTACK_TICKS - startup - active) / 5, False),
        "block": (_block(), 3.0, False),
        "block_hit": (_block_hit(), 4.0, False),
        "guard_broken": (_guard_broken(), rules.GUARD_BROKEN_TICKS / 6, False),
        "hurt": (_hurt(), rules.HURT_TICKS / 4, False),
        "death": (_death(), 7.0, False),
        "victory": (_victory(), 8.0, False),
    }
