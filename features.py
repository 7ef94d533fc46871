"""The single source of truth: rules and frame data, actions, events, state layout, observations.

Every number of the duel is defined here once. The kernel (`duel/kernel.py`) computes with these
constants, `tools/make_kernel.py` writes them to `web/gen/rules.json` and `web/gen/kernel.js`, and the
mind, the servers and the page read them from there. Nothing here imports more than the standard
library, so that every other module may import this one.

Units: 60 ticks a second; positions in 1/16 px; stamina and guard in 1/10 points; health in points.
"""

RULES_VERSION = 4

# ---------------------------------------------------------------------------- time and space
TICKS_PER_SECOND = 60
DECISION_TICKS = 6  # the boss decides at every multiple of this clock value
PERCEPTION_TICKS = 9  # the boss sees the knight as it was this many clock ticks ago
SNAPSHOT_OFFSET = 3  # snapshots are taken when clock % 6 == 3, so the older of two is 9 ticks old
REACTION_TICKS = PERCEPTION_TICKS + DECISION_TICKS  # 15 ticks = 250 ms
TIMEOUT_TICKS = 7200
UNITS_PER_PIXEL = 16
FLOOR_WIDTH = 960 * UNITS_PER_PIXEL
WALL_MARGIN = 8 * UNITS_PER_PIXEL  # a body's edge stays this far from the ends of the floor

# ---------------------------------------------------------------------------- knight: numbers
KNIGHT_HALF_WIDTH = 14 * UNITS_PER_PIXEL
KNIGHT_MAX_HEALTH = 100
KNIGHT_MAX_STAMINA = 1000
KNIGHT_WALK_SPEED = 48  # units a tick
KNIGHT_BLOCK_WALK_SPEED = 16
STAMINA_REGENERATION = 3  # a tick, when neither rolling, attacking nor blocking
ROLL_STAMINA = 300
BLOCK_STAMINA = 205  # drained by one blocked cleave
BLOCK_DAMAGE_PERCENT = 20
GUARD_BREAK_DAMAGE_PERCENT = 60  # of the blow that breaks the guard
AEGIS_TICKS = 180
SWORD_DAMAGE = 12
SWORD_REACH = 78 * UNITS_PER_PIXEL  # from the knight's centre, forwards
INPUT_BUFFER_TICKS = 9

# ---------------------------------------------------------------------------- boss: numbers
BOSS_HALF_WIDTH = 44 * UNITS_PER_PIXEL
BOSS_MAX_HEALTH = 240
BOSS_MAX_GUARD = 1000
BOSS_APPROACH_SPEED = 112
BOSS_RETREAT_SPEED = 40
BOSS_GUARD_REGENERATION = 5  # a tick, when not guarding
BOSS_GUARD_DRAIN = 220  # by one guarded sword hit
BOSS_GUARD_DAMAGE_PERCENT = 10
BOSS_GUARD_AFTER_BREAK = 500
CLEAVE_DAMAGE = 21
CLEAVE_REACH = 84 * UNITS_PER_PIXEL  # from the boss's centre, forwards
CLEAVE_BACK_REACH = 20 * UNITS_PER_PIXEL  # from the boss's centre, backwards
CLEAVE_LUNGE_SPEED = 160
CLEAVE_REST = 4  # ticks of cooldown left when the recovery is over
ENRAGE_HEALTH = 84  # enraged at or below (35%)

# ---------------------------------------------------------------------------- frame data
# Ticks counted from the start of a phase; each range is [first, last + 1).
FRAME_DATA = {
    "roll": {"motion": (0, 22), "invulnerable": (2, 18), "cancel": (24, 27), "total": 27},
    "attack": {"motion": (3, 9), "hitbox": (8, 12), "cancel": (34, 36), "total": 36},
    "hurt": {"total": 22},
    "guard_broken": {"total": 66},
    "cleave_windup": {"total": 24},
    "cleave_lunge": {"motion": (0, 12), "hitbox": (3, 11), "total": 12},
    "cleave_recovery": {"total": 36},
    "boss_guard_broken": {"total": 54},
}
ROLL_MOTION_END = FRAME_DATA["roll"]["motion"][1]
ROLL_INVULNERABLE_START, ROLL_INVULNERABLE_END = FRAME_DATA["roll"]["invulnerable"]
ROLL_CANCEL_START = FRAME_DATA["roll"]["cancel"][0]
ROLL_TICKS = FRAME_DATA["roll"]["total"]
ROLL_SPEED = 104
ATTACK_MOTION_START, ATTACK_MOTION_END = FRAME_DATA["attack"]["motion"]
ATTACK_HITBOX_START, ATTACK_HITBOX_END = FRAME_DATA["attack"]["hitbox"]
ATTACK_CANCEL_START = FRAME_DATA["attack"]["cancel"][0]  # into a roll only
ATTACK_TICKS = FRAME_DATA["attack"]["total"]
ATTACK_STEP_SPEED = 40
HURT_TICKS = FRAME_DATA["hurt"]["total"]
GUARD_BROKEN_TICKS = FRAME_DATA["guard_broken"]["total"]
WINDUP_TICKS = FRAME_DATA["cleave_windup"]["total"]
LUNGE_TICKS = FRAME_DATA["cleave_lunge"]["total"]
LUNGE_HITBOX_START, LUNGE_HITBOX_END = FRAME_DATA["cleave_lunge"]["hitbox"]
RECOVERY_TICKS = FRAME_DATA["cleave_recovery"]["total"]
BOSS_BROKEN_TICKS = FRAME_DATA["boss_guard_broken"]["total"]
CLEAVE_TICKS = WINDUP_TICKS + LUNGE_TICKS + RECOVERY_TICKS  # while these run the boss is committed
CLEAVE_COOLDOWN = CLEAVE_TICKS + CLEAVE_REST  # counted from the first tick of the wind-up
# A cleave begun within this distance (between centres) reaches a knight who stands still ...
CLEAVE_REACH_STANDING = CLEAVE_REACH + CLEAVE_LUNGE_SPEED * LUNGE_HITBOX_END + KNIGHT_HALF_WIDTH
# ... and within this one also a knight who was already walking away when it began: from here a cleave
# must be rolled, blocked or taken, so this is what "in range" means wherever it is measured.
CLEAVE_RANGE = CLEAVE_REACH_STANDING - KNIGHT_WALK_SPEED * (WINDUP_TICKS + LUNGE_HITBOX_END - 1)

HIT_STOP_SWORD = 3
HIT_STOP_SWORD_GUARDED = 2
HIT_STOP_CLEAVE = 8
HIT_STOP_CLEAVE_BLOCKED = 5
HIT_STOP_GUARD_BREAK = 8
HIT_STOP_DEATH = 12
PUSH_DECAY = 8  # units a tick, lost each tick
PUSH_CLEAVE = 112
PUSH_CLEAVE_BLOCKED = 72
PUSH_SWORD = 32
PUSH_SWORD_GUARDED = 56  # pushes the knight back
SEPARATION_SPEED = 192  # units a tick by which overlapping bodies are pushed apart
HABIT_GAIN = 64  # a roll or a swing begun; fades by a sixteenth every six ticks
HABIT_BLOCK_GAIN = 12  # a block held at a snapshot
HABIT_LIMIT = 255

# ---------------------------------------------------------------------------- inputs and moves
INPUT_LEFT, INPUT_RIGHT, INPUT_ROLL, INPUT_ATTACK, INPUT_BLOCK = 1, 2, 4, 8, 16
INPUT_NAMES = ("left", "right", "roll", "attack", "block")
INPUT_MASK = 31

CLEAVE, APPROACH, RETREAT, IDLE, BLOCK = range(5)
MOVES = ("CLEAVE", "APPROACH", "RETREAT", "IDLE", "BLOCK")
MOVE_COUNT = len(MOVES)
NO_MOVE = -1  # nothing is pending

# What a learning knight may hold for one decision (6 ticks); "towards" as it perceives the boss.
KNIGHT_ACTIONS = ("stand", "towards", "away", "roll_towards", "roll_away", "attack", "block")
KNIGHT_ACTION_COUNT = len(KNIGHT_ACTIONS)

# The first five own the move of the same index; the last two are modulators and own nothing.
SPECIALISTS = ("Aggressor", "Stalker", "Survivor", "Baiter", "Defender", "Punisher", "Enrage")
OWNER_COUNT = MOVE_COUNT

# ---------------------------------------------------------------------------- phases, outcomes
KNIGHT_FREE, KNIGHT_ROLL, KNIGHT_ATTACK, KNIGHT_BLOCK, KNIGHT_HURT, KNIGHT_BROKEN, KNIGHT_DEAD = range(7)
KNIGHT_PHASES = ("free", "roll", "attack", "block", "hurt", "broken", "dead")
BOSS_FREE, BOSS_WINDUP, BOSS_LUNGE, BOSS_RECOVERY, BOSS_BROKEN, BOSS_DEAD = range(6)
BOSS_PHASES = ("free", "windup", "lunge", "recovery", "broken", "dead")
ONGOING, KNIGHT_WINS, BOSS_WINS, DRAW, TIMEOUT = range(5)
OUTCOMES = ("ongoing", "knight_wins", "boss_wins", "draw", "timeout")

# ---------------------------------------------------------------------------- events of one tick
EVENTS_LIST = (
    "roll_started",
    "roll_refused",  # not enough stamina
    "swing_started",
    "block_raised",
    "sword_hit",
    "sword_guarded",
    "boss_guard_broken",
    "windup_started",
    "lunge_started",
    "cleave_hit",
    "cleave_blocked",
    "cleave_rolled_through",
    "cleave_missed",  # the lunge ended without touching the knight
    "aegis_absorbed",
    "aegis_faded",
    "knight_guard_broken",
    "enraged",
    "knight_died",
    "boss_died",
    "timed_out",
    "boss_guard_raised",
    "move_applied",
    "move_void",  # the pending move could not be executed and became IDLE
    "decision_due",  # the boss observes at the end of this tick and may choose
)
(
    EVENT_ROLL_STARTED,
    EVENT_ROLL_REFUSED,
    EVENT_SWING_STARTED,
    EVENT_BLOCK_RAISED,
    EVENT_SWORD_HIT,
    EVENT_SWORD_GUARDED,
    EVENT_BOSS_GUARD_BROKEN,
    EVENT_WINDUP_STARTED,
    EVENT_LUNGE_STARTED,
    EVENT_CLEAVE_HIT,
    EVENT_CLEAVE_BLOCKED,
    EVENT_CLEAVE_ROLLED_THROUGH,
    EVENT_CLEAVE_MISSED,
    EVENT_AEGIS_ABSORBED,
    EVENT_AEGIS_FADED,
    EVENT_KNIGHT_GUARD_BROKEN,
    EVENT_ENRAGED,
    EVENT_KNIGHT_DIED,
    EVENT_BOSS_DIED,
    EVENT_TIMED_OUT,
    EVENT_BOSS_GUARD_RAISED,
    EVENT_MOVE_APPLIED,
    EVENT_MOVE_VOID,
    EVENT_DECISION_DUE,
) = (1 << bit for bit in range(len(EVENTS_LIST)))


# ---------------------------------------------------------------------------- state layout
def _names_since(first: str) -> tuple[str, ...]:
    """Module globals defined since `first`, in order: names the state's fields from the constants."""
    names = list(globals())
    return tuple(name.lower() for name in names[names.index(first) :])


(
    # what either fighter may see of the other: copied as one block by the delay line
    KNIGHT_X,
    KNIGHT_FACING,  # -1 or 1
    KNIGHT_PHASE,
    KNIGHT_TIMER,  # ticks since the phase began
    KNIGHT_MOVING,  # direction walked or rolled in this tick: -1, 0 or 1
    KNIGHT_HEALTH,
    KNIGHT_STAMINA,
    KNIGHT_AEGIS,  # ticks left
    HABIT_ROLL,  # fading counts of what the knight did lately, 0 to 255
    HABIT_BLOCK,
    HABIT_ATTACK,
    BOSS_X,
    BOSS_FACING,
    BOSS_PHASE,
    BOSS_TIMER,
    BOSS_MOVE,  # the move being executed while the boss is free
    BOSS_HEALTH,
    BOSS_GUARD,
    BOSS_ENRAGED,
    BOSS_COOLDOWN,  # ticks until a cleave may begin again, the cleave itself included
) = range(20)
_VISIBLE_FIELDS = _names_since("KNIGHT_X")
VISIBLE_SIZE = len(_VISIBLE_FIELDS)
SEEN = VISIBLE_SIZE  # first field of the older snapshot (9 ticks old at a decision tick)
SEEN_NEXT = 2 * VISIBLE_SIZE  # first field of the newer snapshot
(
    TICK,  # ticks stepped, hit-stop included
    CLOCK,  # ticks of fight time: stands still during hit-stop
    HIT_STOP,  # ticks left
    OUTCOME,
    EVENTS,  # event bits of the last tick
    SEED,
    KNIGHT_INPUT,  # input bitmask of the last tick
    KNIGHT_BUFFER,  # the buffered press: INPUT_ROLL, INPUT_ATTACK or 0
    KNIGHT_BUFFER_TIMER,
    KNIGHT_PUSH,  # signed knock-back speed
    KNIGHT_SWORD_SPENT,  # 1 once this swing has hit
    BOSS_PUSH,
    BOSS_CLEAVE_SPENT,  # 1 once this cleave has hit, been blocked or been absorbed; 2: rolled through
    BOSS_AIM,  # direction of the knight as last perceived, latched with the observation
    BOSS_STEER,  # direction latched when the current move was applied, and again as a lunge begins
    BOSS_PENDING,  # the move chosen, to be applied at the next decision tick, or NO_MOVE
    BOSS_CHOICE,  # the last move chosen, void or not
) = range(3 * VISIBLE_SIZE, 3 * VISIBLE_SIZE + 17)
STATE_FIELDS = (
    _VISIBLE_FIELDS
    + tuple("seen_" + name for name in _VISIBLE_FIELDS)
    + tuple("seen_next_" + name for name in _VISIBLE_FIELDS)
    + _names_since("TICK")
)
STATE_SIZE = len(STATE_FIELDS)

# ---------------------------------------------------------------------------- observations
# name, least, greatest, binary exponent: the mind reads value * 2**-exponent, at most 4 in size.
BOSS_OBSERVATION = (
    ("distance", 0, 960, 8),  # px between centres
    ("knight_closing", -1, 1, 0),  # 1: moves towards the boss
    ("knight_facing", -1, 1, 0),  # 1: faces the boss
    ("knight_rolling", 0, 1, 0),
    ("knight_attacking", 0, 1, 0),
    ("knight_blocking", 0, 1, 0),
    ("knight_staggered", 0, 1, 0),  # hurt, or guard broken
    ("knight_timer", 0, 63, 5),  # ticks in its phase
    ("knight_health", 0, KNIGHT_MAX_HEALTH, 6),
    ("knight_stamina", 0, KNIGHT_MAX_STAMINA, 9),
    ("aegis", 0, AEGIS_TICKS, 7),  # ticks left
    ("boss_health", 0, BOSS_MAX_HEALTH, 7),
    ("boss_enraged", 0, 1, 0),
    ("boss_guard", 0, BOSS_MAX_GUARD, 9),
    ("boss_broken", 0, BOSS_BROKEN_TICKS, 5),  # ticks of stagger left, as seen late
    ("boss_cooldown", 0, CLEAVE_COOLDOWN, 5),  # when the move will apply; over CLEAVE_REST: committed
    ("last_step", -1, 1, 0),  # the last choice was APPROACH (1) or RETREAT (-1)
    ("last_guard", 0, 1, 0),  # the last choice was BLOCK
    ("wall_behind_boss", 0, 960, 8),
    ("wall_behind_knight", 0, 960, 8),
    ("habit_roll", 0, 255, 6),
    ("habit_block", 0, 255, 6),
    ("habit_attack", 0, 255, 6),
    ("time_left", 0, TIMEOUT_TICKS // 64 + 1, 6),  # 64 ticks each
)
BOSS_OBSERVATION_SIZE = len(BOSS_OBSERVATION)
OBSERVED_DISTANCE = 0
OBSERVED_GUARD = 13
OBSERVED_COOLDOWN = 15

# The learning knight's view: itself as it is, the boss 9 ticks late.
KNIGHT_OBSERVATION = (
    ("distance", 0, 960, 8),
    ("boss_closing", -1, 1, 0),
    ("boss_facing", -1, 1, 0),
    ("boss_windup", 0, 1, 0),
    ("boss_lunge", 0, 1, 0),
    ("boss_recovery", 0, 1, 0),
    ("boss_broken", 0, 1, 0),
    ("boss_guarding", 0, 1, 0),
    ("boss_timer", 0, 63, 5),
    ("boss_health", 0, BOSS_MAX_HEALTH, 7),
    ("boss_guard", 0, BOSS_MAX_GUARD, 9),
    ("boss_enraged", 0, 1, 0),
    ("rolling", 0, 1, 0),
    ("attacking", 0, 1, 0),
    ("blocking", 0, 1, 0),
    ("staggered", 0, 1, 0),
    ("timer", 0, 63, 5),
    ("health", 0, KNIGHT_MAX_HEALTH, 6),
    ("stamina", 0, KNIGHT_MAX_STAMINA, 9),
    ("aegis", 0, AEGIS_TICKS, 7),
    ("wall_behind_knight", 0, 960, 8),
    ("wall_behind_boss", 0, 960, 8),
    ("boss_cooldown", 0, CLEAVE_COOLDOWN, 5),  # as one knows it who saw the last wind-up begin
    ("time_left", 0, TIMEOUT_TICKS // 64 + 1, 6),
)
KNIGHT_OBSERVATION_SIZE = len(KNIGHT_OBSERVATION)

# ---------------------------------------------------------------------------- tiers and randomness
# The tiers share weights and stats; only how often a random legal move is played differs. These are
# the rates a new mind starts with; the ones in force stand in its manifest, in the same 1/65536.
EXPLORE_ONE = 65536
TIER_EXPLORE = {"easy": 29547, "normal": 20135, "hard": 2621}  # 0.451, 0.307, 0.04
TIERS = tuple(TIER_EXPLORE)

STREAM_START, STREAM_DECISION, STREAM_FIGHTER, STREAM_TRAINING = 1, 2, 3, 4
SEED_LIMIT = 1 << 31
MASK32 = 0xFFFFFFFF


def hash32(seed, stream, index):
    """Counter-based hash of three non-negative integers to 32 bits (murmur3's mixing constants).

    Written in the kernel's integer subset: every product and sum is masked to 32 bits at once.
    """
    h = (seed ^ ((stream * 0x9E3779B1) & MASK32)) & MASK32
    h = (h ^ ((h >> 16) & MASK32)) & MASK32
    h = (h * 0x85EBCA6B) & MASK32
    h = (h + ((index * 0xC2B2AE35) & MASK32)) & MASK32
    h = (h ^ ((h >> 13) & MASK32)) & MASK32
    h = (h * 0x85EBCA6B) & MASK32
    h = (h ^ ((h >> 16) & MASK32)) & MASK32
    h = (h * 0xC2B2AE35) & MASK32
    h = (h ^ ((h >> 16) & MASK32)) & MASK32
    return h


def legal(observation):
    """Bitmask of the moves the boss may choose, by what it perceives: bit m is move m.

    `observation` is a boss observation (BOSS_OBSERVATION_SIZE integers). CLEAVE needs the cooldown to
    be over when the move applies, BLOCK needs guard left; the others are always legal.
    """
    mask = 14  # APPROACH, RETREAT, IDLE
    if observation[OBSERVED_COOLDOWN] == 0:
        mask = mask + 1
    if observation[OBSERVED_GUARD] > 0:
        mask = mask + 16
    return mask


# ---------------------------------------------------------------------------- sampling table
# EXP_TABLE[i] = floor(2**20 * exp(-i / EXP_STEPS)), by integer arithmetic, so that every machine and
# the page hold the same numbers. Logits further than 16 below the best are never sampled.
EXP_STEPS = 64
EXP_TABLE_SIZE = 16 * EXP_STEPS


def _exp_table() -> tuple[int, ...]:
    one = 1 << 80
    ratio, term = one, one
    for n in range(1, 20):  # the Taylor series of exp(-1/EXP_STEPS), far below 2**-80 at n = 20
        term = -term // (EXP_STEPS * n)
        ratio += term
    table, value = [], one
    for _ in range(EXP_TABLE_SIZE):
        table.append(value >> 60)
        value = value * ratio >> 80
    return tuple(table)


EXP_TABLE = _exp_table()
