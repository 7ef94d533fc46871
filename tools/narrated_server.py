"""Replies of a server that narrates, made up for pictures and tests of the page.

    for pattern, handler in routes(learned_stats(live)).items():
        page.route(pattern, handler)

Which lines the bard and the model find is theirs, and changes with them; what the page makes of lines is to
be seen at once, and the same every time. The fight is the one of tools/learned_server.py.
"""

import json
from collections.abc import Callable, Mapping

from tools import learned_server
from tools.learned_server import FIGHT, reply

MODEL = {"speaks": "model", "backend": "llama.cpp", "model": "SmolLM2-135M", "reason": None}
# The moments of a fight: tick, beat, what is said of it, and by whom.
TALE = (
    (0, "opening", "The fog parts, and the knight walks in under his ward against the Demon Slime.", "bard"),
    (70, "aegis_absorbed", "The first cleave breaks on the Aegis, and its light burns on.", "model"),
    (
        130,
        "first_blood",
        "First blood to the knight: his sword bites, and the slime's health falls to 228.",
        "model",
    ),
    (190, "rolled_through", "He rolls through the cleave, untouched.", "bard"),
    (250, "punished", "While the slime drags its arm back, the sword finds it again.", "model"),
    (305, "cleave_hit", "The cleave lands, and twenty-one of his health are gone.", "bard"),
    (365, "enraged", "Half its blood is on the stones; the slime burns brighter and is enraged.", "model"),
    (425, "knight_near_death", "One more cleave would end him, and the slime knows it.", "model"),
    (
        480,
        "knight_died",
        "The cleave comes down, and the knight does not rise: the arena is the slime's.",
        "model",
    ),
)


def line(number: int, persona: str = "chronicler") -> dict:
    """Line `number` of the tale, from 1, as the server sends it."""
    tick, beat, text, by = TALE[number - 1]
    return {"line": number, "tick": tick, "beat": beat, "persona": persona, "text": text, "by": by}


def stream(events: list[tuple[str, dict]]) -> Callable:
    """A handler of GET /narration/{id}: these events at once, and then no more for ten minutes."""
    told = "".join(f"event: {name}\ndata: {json.dumps(content)}\n\n" for name, content in events)
    return lambda route: route.fulfill(content_type="text/event-stream", body=f"retry: 600000\n\n{told}")


def routes(stats: dict, lines: int = len(TALE)) -> Mapping[str, Callable]:
    """Handlers by pattern, for Playwright: a Hard fight of which the first `lines` of the tale are told."""
    events = [("voice", MODEL), *(("line", line(number)) for number in range(1, lines + 1))]
    return {
        **learned_server.routes(stats, None),
        "**/narrate": reply({"line": None, "voice": MODEL}),
        f"**/narration/{FIGHT}": stream(events),
    }
