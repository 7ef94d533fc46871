"""From the kernel's event bits to facts: what in a fight is worth telling, and which of it first.

    watcher = Watcher()
    facts = watcher.feed(moments, tick)      # the most telling thing among them, or None

A *moment* is what the kernel's state holds after a tick in which something telling happened: its clock, its
event bits, the healths, the slime's phase. The page reports them for a fight with the boss; training data
comes from simulated ones. A watcher keeps count of a fight (streaks, first blood, who has been near death)
and refuses what the rules do not allow: a health that rises, or falls by what no blow takes.
"""

from copy import deepcopy
from typing import NamedTuple

from features import (
    BLOCK_DAMAGE_PERCENT,
    BOSS_GUARD_DAMAGE_PERCENT,
    BOSS_MAX_HEALTH,
    BOSS_PHASES,
    BOSS_RECOVERY,
    CLEAVE_DAMAGE,
    ENRAGE_HEALTH,
    EVENT_AEGIS_ABSORBED,
    EVENT_AEGIS_FADED,
    EVENT_BOSS_DIED,
    EVENT_BOSS_GUARD_BROKEN,
    EVENT_CLEAVE_BLOCKED,
    EVENT_CLEAVE_HIT,
    EVENT_CLEAVE_MISSED,
    EVENT_CLEAVE_ROLLED_THROUGH,
    EVENT_ENRAGED,
    EVENT_KNIGHT_DIED,
    EVENT_KNIGHT_GUARD_BROKEN,
    EVENT_SWORD_GUARDED,
    EVENT_SWORD_HIT,
    EVENT_TIMED_OUT,
    EVENTS_LIST,
    GUARD_BREAK_DAMAGE_PERCENT,
    KNIGHT_MAX_HEALTH,
    SWORD_DAMAGE,
    TICKS_PER_SECOND,
)
from narrator.facts import (
    BEATS,
    LEARNED_LIMIT,
    LONGEST_TICKS,
    NEAR_DEATH,
    NONE,
    STREAK_LEAST,
    SWORD_BLOWS,
    Facts,
    FactsError,
)

MASK = (
    EVENT_SWORD_HIT
    | EVENT_SWORD_GUARDED
    | EVENT_BOSS_GUARD_BROKEN
    | EVENT_CLEAVE_HIT
    | EVENT_CLEAVE_BLOCKED
    | EVENT_CLEAVE_ROLLED_THROUGH
    | EVENT_CLEAVE_MISSED
    | EVENT_AEGIS_ABSORBED
    | EVENT_AEGIS_FADED
    | EVENT_KNIGHT_GUARD_BROKEN
    | EVENT_ENRAGED
    | EVENT_KNIGHT_DIED
    | EVENT_BOSS_DIED
    | EVENT_TIMED_OUT
)
SETTLE_TICKS = 12  # a roll through a cleave may still end in the cleave: it is told once that is past
AFTER_TICKS = 90  # a blow so soon after a cleave is told as its answer
_KNIGHT_DAMAGE = {
    "cleave_hit": CLEAVE_DAMAGE,
    "cleave_blocked": CLEAVE_DAMAGE * BLOCK_DAMAGE_PERCENT // 100,
    "knight_guard_broken": CLEAVE_DAMAGE * GUARD_BREAK_DAMAGE_PERCENT // 100,
}
_SWORD_GUARDED_DAMAGE = SWORD_DAMAGE * BOSS_GUARD_DAMAGE_PERCENT // 100
_SLIME_DAMAGE = {
    "sword_hit": SWORD_DAMAGE,
    "punished": SWORD_DAMAGE,
    "sword_guarded": _SWORD_GUARDED_DAMAGE,
    "slime_guard_broken": _SWORD_GUARDED_DAMAGE,
}
_STREAKS = {"sword_hit": "sword", "punished": "sword", "cleave_hit": "cleave", "rolled_through": "roll"}
# Whose row of blows ends with one that did not land; other exchanges end any row.
_ROW_ENDS = {"sword_guarded": "sword", "slime_guard_broken": "sword", "cleave_missed": "cleave"}
_RANK = {beat: rank for rank, beat in enumerate(BEATS)}


class Moment(NamedTuple):
    """A tick in which something telling happened, and the state after it."""

    tick: int  # of the fight's clock
    events: int
    knight_health: int
    slime_health: int
    slime_phase: int


class Watcher:
    """Follows one fight."""

    def __init__(self) -> None:
        self._tick = -1  # of the last moment
        self._knight_health = KNIGHT_MAX_HEALTH
        self._slime_health = BOSS_MAX_HEALTH
        self._begun = False
        self._over = False
        self._bloodless = True
        self._told_near_death: set[str] = set()
        self._streak = ("", 0)
        self._cleave = (NONE, 0)  # how the last cleave ended, and its tick
        self._unsettled: tuple[int, list[Facts]] | None = None  # a roll that may still end in the cleave

    def feed(self, moments: list[Moment], tick: int, learned: int = 0) -> Facts | None:
        """The most telling facts of some moments, or None; raises FactsError. See `notices`."""
        return min(self.notices(moments, tick, learned), key=lambda facts: _RANK[facts.beat], default=None)

    def notices(self, moments: list[Moment], tick: int, learned: int = 0) -> list[Facts]:
        """All that there is to tell of some moments; raises FactsError.

        moments: in order, each once. tick: the fight's tick now. learned: how many fights the slime
        has learned from since this player's last one; told once, as the fight begins.
        """
        if type(tick) is not int or not 0 <= tick <= LONGEST_TICKS:
            raise FactsError("tick", f"tick is not an integer from 0 to {LONGEST_TICKS}.")
        following = deepcopy(self)  # so that moments which are refused leave no trace
        found = following._follow(moments, tick, learned)
        self.__dict__ = following.__dict__
        return found

    def _follow(self, moments: list[Moment], tick: int, learned: int) -> list[Facts]:
        found: list[Facts] = []
        if not self._begun:
            self._begun = True
            if not moments and tick == 0:  # later, the service has forgotten what it knew of the fight
                found.append(self._opening(learned))
        for moment in moments:
            if type(moment.tick) is int and moment.tick > tick:
                raise FactsError("tick", "A moment has not come yet.")
            found += self._settled(moment.tick, moment.events)
            found += self._take(moment)
        found += self._settled(tick, 0)
        return found

    def _opening(self, learned: int) -> Facts:
        if type(learned) is not int or not 0 <= learned <= LEARNED_LIMIT:
            raise FactsError("learned", f"learned is not an integer from 0 to {LEARNED_LIMIT}.")
        return Facts("learned", learned=learned) if learned else Facts("opening")

    def _settled(self, tick: int, events: int) -> list[Facts]:
        """The roll that was held back, once nothing can come of its cleave any more."""
        if self._unsettled is None:
            return []
        since, held = self._unsettled
        if (
            events & (EVENT_CLEAVE_HIT | EVENT_CLEAVE_BLOCKED | EVENT_AEGIS_ABSORBED)
            and tick - since <= SETTLE_TICKS
        ):
            self._unsettled = None
            return []
        if tick - since > SETTLE_TICKS:
            self._unsettled = None
            return held
        return []

    def _take(self, moment: Moment) -> list[Facts]:
        """What there is to tell of one moment, from nothing to several things."""
        self._check(moment)
        blows = _blows(moment.events, moment.slime_phase)
        damages = self._damages(moment, blows)
        before = (self._knight_health, self._slime_health)
        taken = [
            sum(damages[blow] for blow in blows if blow in table) for table in (_KNIGHT_DAMAGE, _SLIME_DAMAGE)
        ]
        if (moment.knight_health, moment.slime_health) != (before[0] - taken[0], before[1] - taken[1]):
            self._miss_moments()
        self._tick, self._knight_health, self._slime_health = (
            moment.tick,
            moment.knight_health,
            moment.slime_health,
        )
        self._over = bool(moment.events & (EVENT_KNIGHT_DIED | EVENT_BOSS_DIED | EVENT_TIMED_OUT))
        whole = before == (KNIGHT_MAX_HEALTH, BOSS_MAX_HEALTH)
        found: list[Facts] = []
        for blow in blows:
            found += self._tell(
                blow, damages[blow], moment, first=self._bloodless and whole and len(blows) == 1
            )
            if blow in ("sword_hit", "punished", "cleave_hit"):
                self._bloodless = False
        found += self._tell_turns(moment)
        return found

    def _miss_moments(self) -> None:
        """Health was lost in moments that never came: nobody knows what was first, or in a row."""
        self._bloodless = False
        self._streak = ("", 0)
        self._cleave = (NONE, 0)

    def _tell(self, blow: str, damage: int, moment: Moment, first: bool) -> list[Facts]:
        kind = _STREAKS.get(blow)
        if kind is None:
            count = 0
            if _ROW_ENDS.get(blow, self._streak[0]) == self._streak[0]:
                self._streak = ("", 0)
        else:
            count = self._streak[1] + 1 if self._streak[0] == kind else 1
            self._streak = (kind, count)
        ending, when = self._cleave
        after = ending if blow in SWORD_BLOWS and moment.tick - when <= AFTER_TICKS else NONE
        if blow in SWORD_BLOWS:
            self._cleave = (NONE, 0)
        elif blow in ("rolled_through", "cleave_blocked", "cleave_missed", "aegis_absorbed"):
            self._cleave = (blow, moment.tick)
        elif blow in ("cleave_hit", "knight_guard_broken"):
            self._cleave = (NONE, 0)
        base = {
            "blow": blow,
            "after": after,
            "damage": damage,
            "streak": count,
            **self._state(moment),
        }
        dead = moment.events & (EVENT_KNIGHT_DIED | EVENT_BOSS_DIED)
        if dead:
            return self._tell_death(blow, base, moment)
        beats = [blow]
        if first and blow in ("sword_hit", "punished", "cleave_hit"):
            beats.append("first_blood")
        if count >= STREAK_LEAST:
            beats.append("streak")
        if moment.events & EVENT_ENRAGED and blow in _SLIME_DAMAGE:
            beats.append("enraged")
        for who, blows in (("knight", _KNIGHT_DAMAGE), ("slime", _SLIME_DAMAGE)):
            health = moment.knight_health if who == "knight" else moment.slime_health
            if blow in blows and health <= NEAR_DEATH[who] and who not in self._told_near_death:
                self._told_near_death.add(who)
                beats.append(f"{who}_near_death")
        facts = [Facts(beat=beat, **base) for beat in beats]
        if blow == "rolled_through":
            self._unsettled = (moment.tick, [min(facts, key=lambda one: _RANK[one.beat])])
            return []
        return facts

    def _tell_death(self, blow: str, base: dict, moment: Moment) -> list[Facts]:
        knight, slime = moment.knight_health == 0, moment.slime_health == 0
        if knight and slime:
            return [Facts("both_died", **self._state(moment))] if blow in _SLIME_DAMAGE else []
        if knight and blow in _KNIGHT_DAMAGE:
            return [Facts("knight_died", **base)]
        if slime and blow in _SLIME_DAMAGE:
            return [Facts("slime_died", **base)]
        return []

    def _tell_turns(self, moment: Moment) -> list[Facts]:
        """What happens without a blow."""
        found = []
        if moment.events & EVENT_AEGIS_FADED and not self._over:
            found.append(Facts("aegis_faded", **self._state(moment)))
        if moment.events & EVENT_TIMED_OUT:
            found.append(Facts("timed_out", **self._state(moment)))
        return found

    def _state(self, moment: Moment) -> dict:
        return {
            "knight_health": moment.knight_health,
            "slime_health": moment.slime_health,
            "enraged": moment.slime_health <= ENRAGE_HEALTH,
            "seconds": moment.tick // TICKS_PER_SECOND,
        }

    def _check(self, moment: Moment) -> None:
        for name, value, least, most in (
            ("tick", moment.tick, max(self._tick + 1, 1), LONGEST_TICKS),
            ("events", moment.events, 1, (1 << len(EVENTS_LIST)) - 1),
            ("knight_health", moment.knight_health, 0, self._knight_health),
            ("slime_health", moment.slime_health, 0, self._slime_health),
            ("slime_phase", moment.slime_phase, 0, len(BOSS_PHASES) - 1),
        ):
            if type(value) is not int or not least <= value <= most:
                raise FactsError(name, f"{name} of a moment is not an integer from {least} to {most}.")
        if self._over:
            raise FactsError("moments", "Nothing happens after the end of a fight.")
        if not moment.events & MASK:
            raise FactsError("events", "Nothing telling happened in a moment.")

    def _damages(self, moment: Moment, blows: list[str]) -> dict[str, int]:
        """The health that each blow took; raises FactsError where healths and events do not agree."""
        damages = dict.fromkeys(blows, 0)
        for name, table, before, after, death in (
            ("knight_health", _KNIGHT_DAMAGE, self._knight_health, moment.knight_health, EVENT_KNIGHT_DIED),
            ("slime_health", _SLIME_DAMAGE, self._slime_health, moment.slime_health, EVENT_BOSS_DIED),
        ):
            blow = next((one for one in blows if one in table), None)
            expected = max(0, before - table[blow]) if blow is not None else before
            # a page that reports only some of the moments shows more than one blow's loss
            dies = bool(moment.events & death)
            if after > expected or (after == 0) != dies or (dies and blow is None):
                raise FactsError(name, f"{name} does not follow from the blows.")
            if blow is not None:
                damages[blow] = min(table[blow], before)
        if bool(moment.events & EVENT_ENRAGED) > (moment.slime_health <= ENRAGE_HEALTH):
            raise FactsError("events", "The slime is not enraged yet.")
        return damages


def _blows(events: int, slime_phase: int) -> list[str]:
    """The exchanges of a tick, at most one of each side."""
    blows = []
    if events & EVENT_BOSS_GUARD_BROKEN:
        blows.append("slime_guard_broken")
    elif events & EVENT_SWORD_GUARDED:
        blows.append("sword_guarded")
    elif events & EVENT_SWORD_HIT:
        blows.append("punished" if slime_phase == BOSS_RECOVERY else "sword_hit")
    if events & EVENT_CLEAVE_HIT:
        blows.append("cleave_hit")
    elif events & EVENT_KNIGHT_GUARD_BROKEN:
        blows.append("knight_guard_broken")
    elif events & EVENT_CLEAVE_BLOCKED:
        blows.append("cleave_blocked")
    elif events & EVENT_AEGIS_ABSORBED:
        blows.append("aegis_absorbed")
    elif events & EVENT_CLEAVE_ROLLED_THROUGH:
        blows.append("rolled_through")
    elif events & EVENT_CLEAVE_MISSED:
        blows.append("cleave_missed")
    return blows
