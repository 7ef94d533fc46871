"""How the Fire Knight moves: the frames of each animation as poses, and their timing.

`animations()` returns {name: (poses, ticks a frame, repeats)}. Each phase of a swing, a roll, a
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
    """Ten frames of a heavy sprint: he lands on a bent leg, drives off, and flies between the strides."""
    poses = []
    for i in range(10):
        t = TURN * i / 10
        feet = {}
        for name, phase in (("near", t), ("far", t + math.pi)):
            swing, lift = math.cos(phase), max(0.0, -math.sin(phase))
            heel = 6.0 * lift if swing < 0 else 0.0  # the trailing heel flies up
            feet[name + "_foot"] = (16.0 * swing - 1.0, 10.0 * lift**1.2 + heel)
            feet[name + "_toe"] = -48.0 * lift * (1 if swing < 0 else -0.3) + 16.0 * max(0.0, swing) * (
                lift > 0
            )
        bounce = math.cos(2 * t)
        pose = _pose(
            hip=(2.0, 24.2 + 2.4 * bounce),
            lean=24.0 - 3.0 * bounce,
            head=-12.0 + 2.0 * bounce,
            near_hand=(1.0 - 7.0 * math.cos(t), -12.5 + 1.6 * math.sin(2 * t)),
            far_hand=(10.0 + 3.5 * math.cos(t), -6.0 + 1.2 * bounce),
            sword=194.0 - 11.0 * math.cos(t - 0.5),
            cape=66.0 + 8.0 * math.cos(2 * t - 1.2),
            flame_sweep=74.0 + 6.0 * math.cos(2 * t - 0.8),
            **feet,
        )
        poses.append(_looped(pose, i / 10))
    return poses


def _roll():
    """A crouch into a dive, one full turn tucked over the shoulder, and up again through a low stance."""
    crouch = _pose(
        hip=(-1.0, 18.0), lean=34.0, head=-12.0, near_hand=(-2.0, -12.0), far_hand=(11.0, -8.0),
        near_foot=(-10.0, 0.0), far_foot=(7.0, 0.0), sword=200.0, cape=6.0, flame_sweep=20.0,
    )  # fmt: skip
    dive = _pose(
        hip=(5.0, 19.0), lean=62.0, head=-10.0, near_hand=(12.0, -8.0), far_hand=(14.0, -6.0),
        near_foot=(-17.0, 3.0), far_foot=(-8.0, 0.0), near_toe=-40.0, far_toe=-30.0, sword=172.0, cape=66.0,
        flame_sweep=85.0, flame_size=1.15,
    )  # fmt: skip
    rise = _pose(
        hip=(-2.0, 16.0), lean=44.0, head=-16.0, near_hand=(2.0, -13.0), far_hand=(11.0, -7.0),
        near_foot=(-10.0, 0.0), far_foot=(9.0, 0.0), sword=186.0, cape=58.0, flame_sweep=80.0,
    )  # fmt: skip
    stand = _pose(hip=(0.0, 22.0), lean=20.0, head=-4.0, near_hand=(2.0, -14.0), sword=-70.0, cape=34.0,
                  flame_sweep=60.0)  # fmt: skip
    count = 6
    tucked = [
        _pose(tuck=1.0, hip=(0.0, 18.4 + 2.0 * math.cos(TURN * i / (count - 1))), spin=-20.0 - 62.0 * i)
        for i in range(count)
    ]
    poses = [crouch, dive, *tucked, rise, stand]
    return [_looped(pose, i / len(poses), 2) for i, pose in enumerate(poses)]


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
        (0.0, _pose(hip=(-1.0, 23.6), lean=4.0, near_hand=(2.0, -9.0), sword=24.0, heat=0.5,
                    cape=30.0), "out"),
        (0.4, _pose(hip=(-3.0, 23.0), lean=-6.0, near_hand=(-3.0, 2.0), sword=92.0, heat=0.6,
                    far_hand=(12.0, -4.0), near_foot=(-11.0, 0.0), cape=26.0), "out"),
        (0.8, _RAISED, "out"),
        (1.0, _RAISED | {"sword": 156.0, "hip": (-5.5, 22.0), "lean": -16.0, "far_hand": (13.0, 0.0)}, "out"),
    ]  # fmt: skip
    return _frames(keys, 4, flicker=1)


def _attack_active():
    """Four frames of one tick: the light runs ahead of the eye, then breaks into strands."""
    return [
        _looped(pose, i / 4, 1)
        for i, pose in enumerate([
            _CUT | {"hip": (2.0, 23.0), "lean": 6.0, "near_hand": (6.0, 11.0), "sword": 78.0, "head": 0.0,
                    "far_foot": (15.0, 3.0), "far_toe": 16.0, "cape": 20.0, "flame_sweep": 40.0,
                    "smear_from": 168.0, "smear_to": 72.0, "smear": 0.9, "smear_centre": (6.0, 42.0),
                    "smear_radius": 52.0},
            _CUT | {"hip": (6.0, 21.4), "lean": 22.0, "near_hand": (15.0, 4.0), "sword": 20.0,
                    "smear_from": 140.0, "smear_to": 14.0, "smear": 1.0, "smear_centre": (14.0, 39.0),
                    "smear_radius": 60.0},
            _CUT | {"smear_from": 104.0, "smear_to": -18.0, "smear": 0.95, "smear_centre": (17.0, 36.0),
                    "smear_radius": 60.0},
            _CUT | {"hip": (9.0, 20.2), "lean": 35.0, "near_hand": (14.0, -11.0), "sword": -26.0,
                    "smear_from": 62.0, "smear_to": -31.0, "smear": 0.66, "smear_centre": (18.0, 34.0),
                    "smear_radius": 60.0},
        ])
    ]  # fmt: skip


def _attack_recovery():
    """The weight of the blow pulls him down after it; then he hauls the sword home past his rest."""
    low = _CUT | {"hip": (10.0, 19.0), "lean": 41.0, "near_hand": (12.0, -14.0), "sword": -27.0, "heat": 0.9,
                  "cape": 74.0, "flame_sweep": 86.0, "smear_from": 20.0, "smear_to": -32.0, "smear": 0.3,
                  "smear_centre": (18.0, 34.0), "smear_radius": 60.0}  # fmt: skip
    sunk = low | {"hip": (9.0, 18.4), "lean": 40.0, "heat": 0.65, "cape": 30.0, "flame_sweep": 40.0,
                  "smear": 0.0}  # fmt: skip
    hauled = _pose(hip=(-1.5, 24.6), lean=4.0, sword=-8.0, near_hand=(3.0, -11.0), near_foot=(-9.0, 0.0),
                   far_foot=(9.0, 0.0), cape=2.0, heat=0.4, flame_sweep=14.0)  # fmt: skip
    return [
        _looped(pose, i / 6)
        for i, pose in enumerate([
            low,
            sunk,
            sunk | {"hip": (8.0, 19.4), "lean": 36.0, "cape": 14.0, "flame_sweep": 28.0, "heat": 0.5},
            sample([(0.0, sunk, "smooth"), (1.0, hauled, "smooth")], 0.6) | {"cape": -6.0},
            hauled,
            _pose(hip=(0.0, 25.0), lean=8.0, sword=-24.0, cape=14.0, flame_sweep=30.0),
        ])
    ]  # fmt: skip


_GUARD = _pose(
    hip=(-3.0, 20.6), lean=16.0, head=2.0, far_hand=(13.5, -4.0), shield=(2.5, -2.0), shield_width=1.0,
    shield_turn=5.0, shield_front=1.0, shield_size=1.34, near_hand=(-8.0, -11.0), sword=204.0,
    near_foot=(-14.0, 0.0), far_foot=(8.0, 0.0), cape=24.0, flame_sweep=44.0,
)  # fmt: skip


def _block():
    """The shield swings up past its place and settles; then it is held, plume and cape alive."""
    keys = [
        (0.0, _GUARD | {"hip": (-1.0, 23.6), "lean": 8.0, "far_hand": (9.0, -12.0), "shield_turn": -26.0,
                        "shield_width": 0.7, "shield_size": 1.1}, "out"),
        (0.5, _GUARD | {"far_hand": (15.5, -1.0), "shield_turn": 14.0, "hip": (-4.0, 20.0)}, "out"),
        (1.0, _GUARD, "smooth"),
    ]  # fmt: skip
    held = []
    for i in range(8):
        breath = math.sin(TURN * i / 8)
        pose = _GUARD | {"hip": (-3.0, 20.6 + 0.45 * breath), "sword": 204.0 + 1.5 * breath,
                         "cape": 24.0 + 4.0 * breath, "lean": 16.0 - 0.8 * breath}  # fmt: skip
        held.append(_looped(pose, i / 8))
    return _frames(keys, 4) + held


def _block_hit():
    struck = _GUARD | {"hip": (-9.0, 20.0), "lean": -6.0, "head": 16.0, "far_hand": (8.0, -4.0),
                       "shield_turn": 20.0, "near_foot": (-17.0, 0.0), "far_foot": (3.0, 0.0),
                       "far_toe": 12.0, "cape": -14.0, "flame_sweep": -14.0, "flame_size": 0.85,
                       "flare": 1.0}  # fmt: skip
    keys = [
        (0.0, struck, "out"),
        (0.34, struck | {"hip": (-8.0, 19.4), "lean": 0.0, "flare": 0.7, "cape": 4.0}, "out"),
        (0.67, struck | {"hip": (-5.5, 20.0), "lean": 8.0, "far_hand": (11.0, -4.0), "shield_turn": 10.0,
                         "flare": 0.3, "cape": 40.0, "flame_sweep": 20.0, "flame_size": 1.0}, "smooth"),
        (1.0, _GUARD, "smooth"),
    ]  # fmt: skip
    return _frames(keys, 4)


def _guard_broken():
    """Shield and sword are flung apart, he reels, drops to a knee, breathes, and pushes himself up."""
    flung = _pose(
        hip=(-7.0, 22.0), lean=-28.0, head=18.0, far_hand=(7.0, 13.0), shield=(2.0, 5.0), shield_turn=52.0,
        shield_width=0.9, shield_size=1.15, near_hand=(-12.0, 2.0), sword=138.0, near_foot=(-15.0, 0.0),
        far_foot=(5.0, 5.0), far_toe=26.0, cape=-20.0, flame_sweep=-16.0, flame_size=0.8, visor=0.4,
        flare=1.0,
    )  # fmt: skip
    reel = flung | {"hip": (-9.0, 20.6), "lean": -18.0, "far_hand": (10.0, 4.0), "shield_turn": 30.0,
                    "flare": 0.0, "near_hand": (-11.0, -8.0), "sword": 190.0, "far_foot": (0.0, 0.0),
                    "far_toe": 0.0, "near_foot": (-18.0, 0.0), "cape": 8.0, "flame_size": 0.7}  # fmt: skip
    kneel = _pose(
        hip=(-4.0, 14.6), lean=26.0, head=22.0, far_hand=(5.0, -15.0), shield=(1.0, -2.0), shield_turn=-16.0,
        near_hand=(11.0, -9.0), sword=300.0, near_foot=(-15.0, 1.0), near_toe=-60.0, far_foot=(6.0, 0.0),
        cape=10.0, flame_size=0.55, flame_sweep=34.0, visor=0.1, heat=0.1,
    )  # fmt: skip
    breathing = []
    for i in range(4):
        breath = math.sin(TURN * i / 4)
        breathing.append(
            kneel | {"hip": (-4.0, 14.6 + 0.8 * breath), "lean": 27.0 - 5.0 * breath,
                     "head": 22.0 - 4.0 * breath, "flame_size": 0.55 + 0.08 * breath}
        )  # fmt: skip
    poses = [
        flung,
        flung | {"lean": -32.0, "hip": (-9.0, 21.4), "flare": 0.4},
        reel,
        sample([(0.0, reel, "smooth"), (1.0, kneel, "smooth")], 0.6),
        kneel | {"hip": (-4.0, 13.4), "lean": 34.0},
        *breathing,
        kneel | {"hip": (-3.0, 18.0), "lean": 30.0, "head": 6.0, "flame_size": 0.8, "visor": 0.6,
                 "near_foot": (-12.0, 0.0), "near_toe": 0.0, "sword": 316.0},
        _pose(hip=(-1.0, 23.0), lean=14.0, flame_size=0.95, sword=-36.0, cape=30.0),
    ]  # fmt: skip
    return [_looped(pose, i / len(poses), 3) for i, pose in enumerate(poses)]


def _hurt():
    struck = _pose(
        hip=(-6.0, 21.4), lean=-24.0, head=-20.0, far_hand=(11.0, 4.0), shield=(2.0, 2.0), shield_turn=28.0,
        near_hand=(-9.0, -5.0), sword=176.0, near_foot=(-14.0, 0.0), far_foot=(7.0, 4.0), far_toe=24.0,
        cape=-18.0, flame_sweep=-26.0, flame_size=0.75, visor=0.3,
    )  # fmt: skip
    keys = [
        (0.0, struck | {"lean": -20.0, "hip": (-3.0, 22.0)}, "out"),
        (0.25, struck | {"lean": -31.0}, "out"),
        (0.6, struck | {"lean": 12.0, "head": 18.0, "hip": (-7.0, 19.6), "far_foot": (4.0, 0.0),
                        "far_toe": 0.0, "near_hand": (-4.0, -12.0), "far_hand": (7.0, -8.0),
                        "shield_turn": 4.0, "sword": 206.0, "cape": 30.0, "flame_sweep": 30.0}, "smooth"),
        (1.0, _pose(hip=(-2.0, 23.8), lean=6.0, cape=16.0, near_hand=(-4.0, -12.0), sword=214.0), "smooth"),
    ]  # fmt: skip
    return _frames(keys, 5)


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
    bowed = kneel | {"hip": (-3.0, 14.0), "lean": 18.0, "head": 26.0, "flame_size": 0.5}
    settled = lying | {"hip": (2.0, 5.2)}
    order = [
        reel | {"lean": -18.0, "hip": (-3.0, 23.0), "head": -10.0},
        reel,
        reel | {"lean": -26.0, "hip": (-7.0, 21.6), "near_foot": (-15.0, 0.0)},
        sample([(0.0, reel, "smooth"), (1.0, kneel, "smooth")], 0.45),
        kneel | {"hip": (-3.0, 13.4), "lean": 14.0, "flame_size": 0.7},
        kneel,
        bowed,
        loose,
        sample([(0.0, loose, "smooth"), (1.0, tipping, "smooth")], 0.45),
        tipping,
        lying | {"hip": (2.0, 7.0), "spin": -72.0},
        lying,
        settled,
    ]
    return [_looped(pose, 0.5 * i / len(order), 2) for i, pose in enumerate(order)]


def _victory():
    """He gathers himself, thrusts the burning sword up, and stands so, the fire roaring."""
    gather = _pose(hip=(-1.0, 21.0), lean=22.0, head=14.0, near_hand=(8.0, -12.0), sword=-40.0, heat=0.5,
                   cape=8.0, flame_size=0.8)  # fmt: skip
    high = _pose(
        hip=(0.0, 26.4), lean=-8.0, head=-14.0, near_hand=(13.0, 11.0), sword=66.0, far_hand=(5.0, -15.0),
        shield_turn=-10.0, near_foot=(-8.0, 0.0), far_foot=(8.0, 0.0), heat=1.0, flame_size=1.5,
        flame_sweep=22.0, cape=38.0,
    )  # fmt: skip
    keys = [
        (0.0, gather, "smooth"),
        (0.3, gather | {"hip": (-1.0, 20.0), "lean": 25.0}, "smooth"),
        (
            0.7,
            high | {"sword": 78.0, "near_hand": (11.0, 14.0), "hip": (0.0, 27.0), "flame_size": 1.7},
            "out",
        ),
        (1.0, high, "smooth"),
    ]
    raised = _frames(keys, 7, flicker=2)
    held = []
    for i in range(8):
        breath = math.sin(TURN * i / 8)
        pose = high | {"hip": (0.0, 26.4 + 0.4 * breath), "cape": 38.0 + 7.0 * breath,
                       "flame_size": 1.5 + 0.12 * breath, "sword": 66.0 + 1.2 * breath}  # fmt: skip
        held.append(_looped(pose, i / 8, 2))
    return raised + held


def animations():
    """{name: (poses, ticks a frame, repeats)} of every animation of the knight.

    `repeats`: the frame the animation goes back to after its last one, or None: it holds its last one.
    """
    startup = rules.ATTACK_HITBOX_START
    active = rules.ATTACK_HITBOX_END - startup
    return {
        "idle": (_idle(), 8.0, 0),
        "run": (_run(), 4.0, 0),
        "roll": (_roll(), rules.ROLL_TICKS / 10, None),
        "attack_startup": (_attack_startup(), startup / 4, None),
        "attack_active": (_attack_active(), active / 4, None),
        "attack_recovery": (_attack_recovery(), (rules.ATTACK_TICKS - startup - active) / 6, None),
        "block": (_block(), 3.0, 4),
        "block_hit": (_block_hit(), 3.0, None),
        "guard_broken": (_guard_broken(), rules.GUARD_BROKEN_TICKS / 11, None),
        "hurt": (_hurt(), rules.HURT_TICKS / 5, None),
        "death": (_death(), 6.0, None),
        "victory": (_victory(), 6.0, 7),
    }
