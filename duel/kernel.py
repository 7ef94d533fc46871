"""The rules of the duel as one pure integer kernel: the same text runs in Python, numba and JS.

A fight is one flat vector `s` of `features.STATE_SIZE` integers: a plain list (scalar), a row of an
int32 array (batched, compiled by `duel/batch.py`) or an Int32Array (the page; `tools/make_kernel.py`
translates this file to `web/gen/kernel.js`). So that all three agree bit for bit, the code keeps to
assignments, comparisons, `if`, bounded `for`, calls between kernel functions, and + - * and & | ^ << >>
on integers below 2**31 in size, with `//` only of non-negative numbers.

A tick has fixed phases: inputs, timers, intents, movement, boxes and pushes, hits, outcome.
"""

from features import *  # the kernel's whole vocabulary is the rules' constants


def reset(s, seed):
    """Set `s` to the start of the fight `seed` (0 <= seed < 2**31); the first decision is due at once."""
    for i in range(STATE_SIZE):
        s[i] = 0
    apart = 320 + (hash32(seed, STREAM_START, 0) & 127)
    s[SEED] = seed
    s[KNIGHT_X] = FLOOR_WIDTH // 2 - apart * UNITS_PER_PIXEL // 2
    s[KNIGHT_FACING] = 1
    s[KNIGHT_HEALTH] = KNIGHT_MAX_HEALTH
    s[KNIGHT_STAMINA] = KNIGHT_MAX_STAMINA
    s[KNIGHT_AEGIS] = AEGIS_TICKS
    s[BOSS_X] = FLOOR_WIDTH // 2 + apart * UNITS_PER_PIXEL // 2
    s[BOSS_FACING] = -1
    s[BOSS_MOVE] = IDLE
    s[BOSS_HEALTH] = BOSS_MAX_HEALTH
    s[BOSS_GUARD] = BOSS_MAX_GUARD
    s[BOSS_AIM] = -1
    s[BOSS_STEER] = -1
    s[BOSS_PENDING] = NO_MOVE
    s[BOSS_CHOICE] = IDLE
    for i in range(VISIBLE_SIZE):
        s[SEEN + i] = s[i]
        s[SEEN_NEXT + i] = s[i]
    s[EVENTS] = EVENT_DECISION_DUE
    return 0


def choose(s, move):
    """Store the boss's choice; it is applied in the intents of the next decision tick."""
    s[BOSS_PENDING] = move
    s[BOSS_CHOICE] = move
    return 0


def step(s, knight_input):
    """Advance the fight by one tick under the knight's input bitmask; return the tick's event bits."""
    if s[OUTCOME] != ONGOING:
        s[EVENTS] = 0
        return 0
    # inputs: edges go into the buffer, also while hit-stop holds everything else
    pressed = knight_input & (knight_input ^ s[KNIGHT_INPUT])
    s[KNIGHT_INPUT] = knight_input
    s[TICK] = s[TICK] + 1
    if pressed & INPUT_ROLL:
        s[KNIGHT_BUFFER] = INPUT_ROLL
        s[KNIGHT_BUFFER_TIMER] = INPUT_BUFFER_TICKS
    elif pressed & INPUT_ATTACK:
        s[KNIGHT_BUFFER] = INPUT_ATTACK
        s[KNIGHT_BUFFER_TIMER] = INPUT_BUFFER_TICKS
    if s[HIT_STOP] > 0:
        s[HIT_STOP] = s[HIT_STOP] - 1
        s[EVENTS] = 0
        return 0
    clock = s[CLOCK] + 1
    s[CLOCK] = clock
    beat = clock - clock // DECISION_TICKS * DECISION_TICKS
    events = advance_timers(s)
    events = events | knight_intents(s, knight_input)
    events = events | boss_intents(s, beat)
    move_bodies(s, knight_input)
    separate_bodies(s)
    if s[KNIGHT_PHASE] == KNIGHT_ATTACK or s[BOSS_PHASE] == BOSS_LUNGE:
        events = events | resolve_hits(s)
    if clock >= TIMEOUT_TICKS and s[OUTCOME] == ONGOING:
        s[OUTCOME] = TIMEOUT
        events = events | EVENT_TIMED_OUT
    # what each may see of the other, and whether the boss chooses now
    if beat == SNAPSHOT_OFFSET:
        take_snapshot(s)
    elif beat == 0 and s[OUTCOME] == ONGOING:
        if s[SEEN + KNIGHT_X] > s[SEEN + BOSS_X]:
            s[BOSS_AIM] = 1
        elif s[SEEN + KNIGHT_X] < s[SEEN + BOSS_X]:
            s[BOSS_AIM] = -1
        if s[BOSS_COOLDOWN] <= CLEAVE_REST + DECISION_TICKS:
            events = events | EVENT_DECISION_DUE
    s[EVENTS] = events
    return events


def advance_timers(s):
    """Count phases, buffer, Aegis, stamina, guard and cooldown on by one tick."""
    events = 0
    s[KNIGHT_TIMER] = s[KNIGHT_TIMER] + 1
    s[BOSS_TIMER] = s[BOSS_TIMER] + 1
    if s[KNIGHT_BUFFER_TIMER] > 0:
        s[KNIGHT_BUFFER_TIMER] = s[KNIGHT_BUFFER_TIMER] - 1
    else:
        s[KNIGHT_BUFFER] = 0
    if s[KNIGHT_AEGIS] > 0:
        s[KNIGHT_AEGIS] = s[KNIGHT_AEGIS] - 1
        if s[KNIGHT_AEGIS] == 0:
            events = EVENT_AEGIS_FADED
    phase = s[KNIGHT_PHASE]
    if s[KNIGHT_STAMINA] < KNIGHT_MAX_STAMINA:
        if phase != KNIGHT_ROLL and phase != KNIGHT_ATTACK and phase != KNIGHT_BLOCK:
            s[KNIGHT_STAMINA] = s[KNIGHT_STAMINA] + STAMINA_REGENERATION
            if s[KNIGHT_STAMINA] > KNIGHT_MAX_STAMINA:
                s[KNIGHT_STAMINA] = KNIGHT_MAX_STAMINA
    if s[BOSS_COOLDOWN] > 0:
        s[BOSS_COOLDOWN] = s[BOSS_COOLDOWN] - 1
    if s[BOSS_GUARD] < BOSS_MAX_GUARD:
        if s[BOSS_PHASE] != BOSS_BROKEN and s[BOSS_MOVE] != BLOCK:
            s[BOSS_GUARD] = s[BOSS_GUARD] + BOSS_GUARD_REGENERATION
            if s[BOSS_GUARD] > BOSS_MAX_GUARD:
                s[BOSS_GUARD] = BOSS_MAX_GUARD
    return events


def knight_intents(s, knight_input):
    """End the knight's phases that have run out and begin what the player asks for, if he may."""
    events = 0
    phase = s[KNIGHT_PHASE]
    timer = s[KNIGHT_TIMER]
    if phase == KNIGHT_ROLL:
        if timer >= ROLL_TICKS:
            phase = KNIGHT_FREE
    elif phase == KNIGHT_ATTACK:
        if timer >= ATTACK_TICKS:
            phase = KNIGHT_FREE
    elif phase == KNIGHT_HURT:
        if timer >= HURT_TICKS:
            phase = KNIGHT_FREE
    elif phase == KNIGHT_BROKEN:
        if timer >= GUARD_BROKEN_TICKS:
            phase = KNIGHT_FREE
    towards = 0
    if s[BOSS_X] > s[KNIGHT_X]:
        towards = 1
    elif s[BOSS_X] < s[KNIGHT_X]:
        towards = -1
    direction = 0
    if knight_input & INPUT_RIGHT:
        direction = direction + 1
    if knight_input & INPUT_LEFT:
        direction = direction - 1
    buffered = s[KNIGHT_BUFFER]
    if buffered != 0:
        free = 0
        if phase == KNIGHT_FREE or phase == KNIGHT_BLOCK:
            free = 1
        elif phase == KNIGHT_ROLL and timer >= ROLL_CANCEL_START:
            free = 1
        if buffered == INPUT_ROLL:
            if free == 1 or (phase == KNIGHT_ATTACK and timer >= ATTACK_CANCEL_START):
                s[KNIGHT_BUFFER] = 0
                s[KNIGHT_BUFFER_TIMER] = 0
                if s[KNIGHT_STAMINA] < ROLL_STAMINA:
                    events = events | EVENT_ROLL_REFUSED
                else:
                    s[KNIGHT_STAMINA] = s[KNIGHT_STAMINA] - ROLL_STAMINA
                    phase = KNIGHT_ROLL
                    s[KNIGHT_PHASE] = KNIGHT_ROLL
                    s[KNIGHT_TIMER] = 0
                    if direction != 0:
                        s[KNIGHT_FACING] = direction
                    elif towards != 0:
                        s[KNIGHT_FACING] = -towards
                    s[HABIT_ROLL] = s[HABIT_ROLL] + HABIT_GAIN
                    if s[HABIT_ROLL] > HABIT_LIMIT:
                        s[HABIT_ROLL] = HABIT_LIMIT
                    events = events | EVENT_ROLL_STARTED
        elif free == 1:
            s[KNIGHT_BUFFER] = 0
            s[KNIGHT_BUFFER_TIMER] = 0
            phase = KNIGHT_ATTACK
            s[KNIGHT_PHASE] = KNIGHT_ATTACK
            s[KNIGHT_TIMER] = 0
            s[KNIGHT_SWORD_SPENT] = 0
            if towards != 0:
                s[KNIGHT_FACING] = towards
            s[HABIT_ATTACK] = s[HABIT_ATTACK] + HABIT_GAIN
            if s[HABIT_ATTACK] > HABIT_LIMIT:
                s[HABIT_ATTACK] = HABIT_LIMIT
            events = events | EVENT_SWING_STARTED
    if phase == KNIGHT_FREE or phase == KNIGHT_BLOCK:
        if towards != 0:
            s[KNIGHT_FACING] = towards
        if knight_input & INPUT_BLOCK:
            if phase == KNIGHT_FREE:
                events = events | EVENT_BLOCK_RAISED
            phase = KNIGHT_BLOCK
        else:
            phase = KNIGHT_FREE
    if phase != s[KNIGHT_PHASE]:
        s[KNIGHT_PHASE] = phase
        s[KNIGHT_TIMER] = 0
    return events


def boss_intents(s, beat):
    """End the boss's phases that have run out; at a decision tick (beat 0) apply the move chosen."""
    events = 0
    phase = s[BOSS_PHASE]
    timer = s[BOSS_TIMER]
    if phase == BOSS_WINDUP:
        if timer >= WINDUP_TICKS:
            # the boss turns after the knight until it leaps, as late as it perceives him
            phase = BOSS_LUNGE
            s[BOSS_STEER] = s[BOSS_AIM]
            s[BOSS_FACING] = s[BOSS_AIM]
            events = EVENT_LUNGE_STARTED
    elif phase == BOSS_LUNGE:
        if timer >= LUNGE_TICKS:
            phase = BOSS_RECOVERY
            if s[BOSS_CLEAVE_SPENT] == 0:
                events = EVENT_CLEAVE_MISSED
    elif phase == BOSS_RECOVERY:
        if timer >= RECOVERY_TICKS:
            phase = BOSS_FREE
            s[BOSS_MOVE] = IDLE
    elif phase == BOSS_BROKEN:
        if timer >= BOSS_BROKEN_TICKS:
            phase = BOSS_FREE
            s[BOSS_MOVE] = IDLE
            s[BOSS_GUARD] = BOSS_GUARD_AFTER_BREAK
    if phase != s[BOSS_PHASE]:
        s[BOSS_PHASE] = phase
        s[BOSS_TIMER] = 0
    if beat == 0:
        move = s[BOSS_PENDING]
        s[BOSS_PENDING] = NO_MOVE
        if move == NO_MOVE:
            if phase == BOSS_FREE:
                s[BOSS_MOVE] = IDLE
        elif phase != BOSS_FREE:
            events = events | EVENT_MOVE_VOID
        elif (move == CLEAVE and s[BOSS_COOLDOWN] > 0) or (move == BLOCK and s[BOSS_GUARD] <= 0):
            s[BOSS_MOVE] = IDLE
            events = events | EVENT_MOVE_VOID
        else:
            events = events | EVENT_MOVE_APPLIED
            s[BOSS_STEER] = s[BOSS_AIM]
            s[BOSS_FACING] = s[BOSS_AIM]
            if move == BLOCK and s[BOSS_MOVE] != BLOCK:
                events = events | EVENT_BOSS_GUARD_RAISED
            s[BOSS_MOVE] = move
            if move == CLEAVE:
                s[BOSS_PHASE] = BOSS_WINDUP
                s[BOSS_TIMER] = 0
                s[BOSS_COOLDOWN] = CLEAVE_COOLDOWN
                s[BOSS_CLEAVE_SPENT] = 0
                events = events | EVENT_WINDUP_STARTED
    return events


def move_bodies(s, knight_input):
    """Move both by their own will, then by the knock-back that is left, and keep them on the floor."""
    phase = s[KNIGHT_PHASE]
    velocity = 0
    moving = 0
    if phase == KNIGHT_FREE or phase == KNIGHT_BLOCK:
        if knight_input & INPUT_RIGHT:
            moving = moving + 1
        if knight_input & INPUT_LEFT:
            moving = moving - 1
        if phase == KNIGHT_FREE:
            velocity = moving * KNIGHT_WALK_SPEED
        else:
            velocity = moving * KNIGHT_BLOCK_WALK_SPEED
    elif phase == KNIGHT_ROLL:
        if s[KNIGHT_TIMER] < ROLL_MOTION_END:
            moving = s[KNIGHT_FACING]
            velocity = moving * ROLL_SPEED
    elif phase == KNIGHT_ATTACK:
        if s[KNIGHT_TIMER] >= ATTACK_MOTION_START and s[KNIGHT_TIMER] < ATTACK_MOTION_END:
            velocity = s[KNIGHT_FACING] * ATTACK_STEP_SPEED
    s[KNIGHT_MOVING] = moving
    push = s[KNIGHT_PUSH]
    if push != 0:
        velocity = velocity + push
        s[KNIGHT_PUSH] = decay(push)
    s[KNIGHT_X] = clamp(s[KNIGHT_X] + velocity, KNIGHT_HALF_WIDTH + WALL_MARGIN)

    velocity = 0
    phase = s[BOSS_PHASE]
    if phase == BOSS_FREE:
        if s[BOSS_MOVE] == APPROACH:
            velocity = s[BOSS_STEER] * BOSS_APPROACH_SPEED
        elif s[BOSS_MOVE] == RETREAT:
            velocity = -s[BOSS_STEER] * BOSS_RETREAT_SPEED
    elif phase == BOSS_LUNGE:
        velocity = s[BOSS_STEER] * CLEAVE_LUNGE_SPEED
    push = s[BOSS_PUSH]
    if push != 0:
        velocity = velocity + push
        s[BOSS_PUSH] = decay(push)
    if velocity != 0:
        s[BOSS_X] = clamp(s[BOSS_X] + velocity, BOSS_HALF_WIDTH + WALL_MARGIN)
    return 0


def decay(push):
    """The knock-back speed of the next tick."""
    if push > PUSH_DECAY:
        return push - PUSH_DECAY
    if push < -PUSH_DECAY:
        return push + PUSH_DECAY
    return 0


def clamp(x, margin):
    """`x` kept at least `margin` from both ends of the floor."""
    if x < margin:
        return margin
    if x > FLOOR_WIDTH - margin:
        return FLOOR_WIDTH - margin
    return x


def separate_bodies(s):
    """Push overlapping bodies apart; the knight yields, the boss only when a wall stops the knight."""
    if s[KNIGHT_PHASE] == KNIGHT_ROLL:
        return 0
    apart = s[KNIGHT_X] - s[BOSS_X]
    side = 1
    if apart < 0:
        side = -1
        apart = -apart
    elif apart == 0:
        side = s[BOSS_FACING]
    overlap = KNIGHT_HALF_WIDTH + BOSS_HALF_WIDTH - apart
    if overlap <= 0:
        return 0
    if overlap > SEPARATION_SPEED:
        overlap = SEPARATION_SPEED
    before = s[KNIGHT_X]
    s[KNIGHT_X] = clamp(before + side * overlap, KNIGHT_HALF_WIDTH + WALL_MARGIN)
    moved = (s[KNIGHT_X] - before) * side
    s[BOSS_X] = clamp(s[BOSS_X] - side * (overlap - moved), BOSS_HALF_WIDTH + WALL_MARGIN)
    return 0


def resolve_hits(s):
    """Sword against boss, then cleave against knight, both from the same positions; then who died."""
    events = 0
    stop = 0
    knight_x = s[KNIGHT_X]
    boss_x = s[BOSS_X]
    side = s[BOSS_FACING]  # where the knight stands, from the boss
    if knight_x > boss_x:
        side = 1
    elif knight_x < boss_x:
        side = -1
    timer = s[KNIGHT_TIMER]
    if s[KNIGHT_PHASE] == KNIGHT_ATTACK and timer >= ATTACK_HITBOX_START and timer < ATTACK_HITBOX_END:
        if s[KNIGHT_SWORD_SPENT] == 0:
            ahead = (boss_x - knight_x) * s[KNIGHT_FACING]
            if ahead >= -BOSS_HALF_WIDTH and ahead <= SWORD_REACH + BOSS_HALF_WIDTH:
                s[KNIGHT_SWORD_SPENT] = 1
                damage = SWORD_DAMAGE
                if s[BOSS_PHASE] == BOSS_FREE and s[BOSS_MOVE] == BLOCK and s[BOSS_FACING] == side:
                    damage = SWORD_DAMAGE * BOSS_GUARD_DAMAGE_PERCENT // 100
                    s[BOSS_GUARD] = s[BOSS_GUARD] - BOSS_GUARD_DRAIN
                    s[KNIGHT_PUSH] = side * PUSH_SWORD_GUARDED
                    stop = HIT_STOP_SWORD_GUARDED
                    events = events | EVENT_SWORD_GUARDED
                    if s[BOSS_GUARD] <= 0:
                        s[BOSS_GUARD] = 0
                        s[BOSS_PHASE] = BOSS_BROKEN
                        s[BOSS_TIMER] = 0
                        s[BOSS_MOVE] = IDLE
                        stop = HIT_STOP_GUARD_BREAK
                        events = events | EVENT_BOSS_GUARD_BROKEN
                else:
                    if s[BOSS_PHASE] != BOSS_LUNGE:
                        s[BOSS_PUSH] = -side * PUSH_SWORD
                    stop = HIT_STOP_SWORD
                    events = events | EVENT_SWORD_HIT
                s[BOSS_HEALTH] = s[BOSS_HEALTH] - damage
    timer = s[BOSS_TIMER]
    if s[BOSS_PHASE] == BOSS_LUNGE and timer >= LUNGE_HITBOX_START and timer < LUNGE_HITBOX_END:
        if s[BOSS_CLEAVE_SPENT] != 1:
            ahead = (knight_x - boss_x) * s[BOSS_STEER]
            if ahead >= -CLEAVE_BACK_REACH - KNIGHT_HALF_WIDTH and ahead <= CLEAVE_REACH + KNIGHT_HALF_WIDTH:
                events = events | cleave_touches(s, side)
    if events & EVENT_CLEAVE_HIT:
        stop = HIT_STOP_CLEAVE
    elif events & EVENT_KNIGHT_GUARD_BROKEN:
        stop = HIT_STOP_GUARD_BREAK
    elif events & (EVENT_CLEAVE_BLOCKED | EVENT_AEGIS_ABSORBED):
        stop = HIT_STOP_CLEAVE_BLOCKED
    if s[BOSS_HEALTH] <= ENRAGE_HEALTH and s[BOSS_ENRAGED] == 0:
        s[BOSS_ENRAGED] = 1
        events = events | EVENT_ENRAGED
    if s[BOSS_HEALTH] <= 0:
        s[BOSS_HEALTH] = 0
        s[BOSS_PHASE] = BOSS_DEAD
        s[BOSS_TIMER] = 0
        s[OUTCOME] = KNIGHT_WINS
        events = events | EVENT_BOSS_DIED
    if s[KNIGHT_HEALTH] <= 0:
        s[KNIGHT_HEALTH] = 0
        s[KNIGHT_PHASE] = KNIGHT_DEAD
        s[KNIGHT_TIMER] = 0
        if s[OUTCOME] == KNIGHT_WINS:
            s[OUTCOME] = DRAW
        else:
            s[OUTCOME] = BOSS_WINS
        events = events | EVENT_KNIGHT_DIED
    if s[OUTCOME] != ONGOING:
        stop = HIT_STOP_DEATH
    s[HIT_STOP] = stop
    return events


def cleave_touches(s, side):
    """The cleave's hitbox overlaps the knight: rolled through, absorbed, blocked or hit."""
    phase = s[KNIGHT_PHASE]
    timer = s[KNIGHT_TIMER]
    if phase == KNIGHT_ROLL and timer >= ROLL_INVULNERABLE_START and timer < ROLL_INVULNERABLE_END:
        if s[BOSS_CLEAVE_SPENT] == 2:
            return 0
        s[BOSS_CLEAVE_SPENT] = 2
        return EVENT_CLEAVE_ROLLED_THROUGH
    s[BOSS_CLEAVE_SPENT] = 1
    if s[KNIGHT_AEGIS] > 0:
        return EVENT_AEGIS_ABSORBED
    if phase == KNIGHT_BLOCK and s[KNIGHT_FACING] == -side:
        s[KNIGHT_STAMINA] = s[KNIGHT_STAMINA] - BLOCK_STAMINA
        s[KNIGHT_PUSH] = side * PUSH_CLEAVE_BLOCKED
        if s[KNIGHT_STAMINA] > 0:
            s[KNIGHT_HEALTH] = s[KNIGHT_HEALTH] - CLEAVE_DAMAGE * BLOCK_DAMAGE_PERCENT // 100
            return EVENT_CLEAVE_BLOCKED
        s[KNIGHT_HEALTH] = s[KNIGHT_HEALTH] - CLEAVE_DAMAGE * GUARD_BREAK_DAMAGE_PERCENT // 100
        s[KNIGHT_STAMINA] = 0
        s[KNIGHT_PHASE] = KNIGHT_BROKEN
        s[KNIGHT_TIMER] = 0
        return EVENT_CLEAVE_BLOCKED | EVENT_KNIGHT_GUARD_BROKEN
    s[KNIGHT_HEALTH] = s[KNIGHT_HEALTH] - CLEAVE_DAMAGE
    s[KNIGHT_PHASE] = KNIGHT_HURT
    s[KNIGHT_TIMER] = 0
    s[KNIGHT_PUSH] = side * PUSH_CLEAVE
    return EVENT_CLEAVE_HIT


def take_snapshot(s):
    """Shift the delay line by one snapshot and let the knight's habits fade."""
    for i in range(VISIBLE_SIZE):
        s[SEEN + i] = s[SEEN_NEXT + i]
        s[SEEN_NEXT + i] = s[i]
    s[HABIT_ROLL] = s[HABIT_ROLL] - (s[HABIT_ROLL] + 15) // 16
    s[HABIT_ATTACK] = s[HABIT_ATTACK] - (s[HABIT_ATTACK] + 15) // 16
    habit = s[HABIT_BLOCK] - (s[HABIT_BLOCK] + 15) // 16
    if s[KNIGHT_PHASE] == KNIGHT_BLOCK:
        habit = habit + HABIT_BLOCK_GAIN
    if habit > HABIT_LIMIT:
        habit = HABIT_LIMIT
    s[HABIT_BLOCK] = habit
    return 0


def state_hash(s, h):
    """Fold the whole state into the 32-bit hash `h` (FNV-1a's prime, one word a field)."""
    for i in range(STATE_SIZE):
        h = (h ^ (s[i] & MASK32)) & MASK32
        h = (h * 16777619) & MASK32
    return h
