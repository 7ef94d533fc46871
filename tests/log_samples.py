"""Logs of fights that the tests draw at random: well formed, and not played by anybody."""

from hypothesis import strategies as st

from features import EXPLORE_ONE, INPUT_MASK, RULES_VERSION, SEED_LIMIT, TIERS, TIMEOUT
from service.fight_log import BY_SERVER, MISTAKE, MOST_DECISIONS, UNDECIDED, FightLog

CURRENT_RULES = st.just(RULES_VERSION)


def _distinct(runs: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Runs as a log may hold them: neighbours differ."""
    return tuple(run for n, run in enumerate(runs) if n == 0 or run[0] != runs[n - 1][0])


decision_bytes = st.one_of(
    st.just(UNDECIDED),
    st.builds(
        lambda move, mistake, server: move | mistake | server,
        st.integers(0, 4),
        st.sampled_from((0, MISTAKE)),
        st.sampled_from((0, BY_SERVER)),
    ),
)


def fight_logs(longest_run: int = 300, rules=CURRENT_RULES) -> st.SearchStrategy[FightLog]:
    """Any log within the bounds of form: up to 40 runs of up to `longest_run` ticks (40 of 300 are all)."""
    runs = st.tuples(st.integers(0, INPUT_MASK), st.integers(1, longest_run))
    return st.builds(
        FightLog,
        rules_version=rules,
        seed=st.integers(0, SEED_LIMIT - 1),
        explore=st.integers(0, EXPLORE_ONE),
        tier=st.sampled_from(TIERS),
        outcome=st.integers(1, TIMEOUT),
        final_hash=st.integers(0, 2**32 - 1),
        weights=st.one_of(st.none(), st.binary(min_size=32, max_size=32).filter(any).map(bytes.hex)),
        runs=st.lists(runs, min_size=1, max_size=40).map(_distinct),
        decisions=st.lists(decision_bytes, max_size=MOST_DECISIONS).map(bytes),
    )
