"""Brings docs/openapi.json up to date with the rules: `python -m tools.make_openapi`.

The document is written by hand, except for what the source defines: the observation and its bounds, the
tiers, the moves and specialists, and their numbers; the outcomes and verdicts of fights; the words of
learning. A test fails when it is stale.
"""

import json
from pathlib import Path

import features
from narrator import BEATS, LONGEST_TICKS, PERSONAS, Moment
from service import journal, versions
from service.contracts import (
    KNIGHT_NAME_LIMIT,
    LEARNED_LIMIT,
    LEARNING_ACTIONS,
    MOMENT_BOUNDS,
    MOMENTS_AT_ONCE,
)
from service.metrics import BARD, MODEL, STATES
from service.settings import LEARNERS
from service.stats import WINNERS

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"
LINE_LENGTH = 108


def update(document: dict) -> dict:
    """Writes what the rules define into the document's schemas and examples, and returns it."""
    schemas = document["components"]["schemas"]
    size = features.BOSS_OBSERVATION_SIZE
    schemas["Observation"] |= {
        "minItems": size,
        "maxItems": size,
        "prefixItems": [
            {"title": name, "type": "integer", "minimum": least, "maximum": greatest}
            for name, least, greatest, _ in features.BOSS_OBSERVATION
        ],
    }
    schemas["Mind"]["properties"]["observation_exponents"] |= {"minItems": size, "maxItems": size}
    schemas["Move"] |= {
        "maximum": features.MOVE_COUNT - 1,
        "description": ", ".join(f"{index} {move}" for index, move in enumerate(features.MOVES)),
    }
    specialists = ", ".join(features.SPECIALISTS)
    schemas["Trace"]["properties"]["activity"] |= {
        "description": f"Mean size of each specialist's latent: {specialists}.",
        "minItems": len(features.SPECIALISTS),
        "maxItems": len(features.SPECIALISTS),
    }
    last = features.TIMEOUT_TICKS // features.DECISION_TICKS
    for schema in ("DecisionRequest", "Decision"):
        schemas[schema]["properties"]["k"]["maximum"] = last
    for schema in ("FightRequest", "Fight"):
        schemas[schema]["properties"]["tier"]["enum"] = list(features.TIERS)
    record = schemas["FightRecord"]["properties"]
    record["tier"]["enum"] = list(features.TIERS)
    record["outcome"]["enum"] = list(features.OUTCOMES[features.KNIGHT_WINS :])
    record["verdict"]["enum"] = [None, journal.VERIFIED, *journal.REFUSED_BY_REPLAY, journal.FORGOTTEN]
    schemas["Fight"]["properties"]["seed"]["maximum"] = features.SEED_LIMIT - 1
    schemas["Fight"]["properties"]["explore"]["maximum"] = features.EXPLORE_ONE

    _update_learning(schemas)
    _update_narration(schemas)

    content = document["paths"]["/decide"]["post"]["requestBody"]["content"]["application/json"]
    content["example"]["observation"] = [
        min(max(value, least), greatest)
        for value, (_, least, greatest, _) in zip(
            content["example"]["observation"], features.BOSS_OBSERVATION, strict=True
        )
    ]
    return document


def _update_learning(schemas: dict) -> None:
    """The words of GET /stats and POST /learning."""
    schemas["LearningRequest"]["properties"]["action"]["enum"] = list(LEARNING_ACTIONS)
    learning = schemas["Learning"]["properties"]
    learning["method"]["enum"] = list(LEARNERS)
    learning["state"]["enum"] = list(STATES)
    fights = schemas["Stats"]["properties"]["fights"]["properties"]
    fights["refused"]["propertyNames"]["enum"] = list(journal.REFUSED_BY_REPLAY)
    record = {
        "type": "object",
        "properties": {winner: {"type": "integer", "minimum": 0} for winner in WINNERS},
        "required": list(WINNERS),
        "additionalProperties": False,
    }
    fights["by_tier"] |= {
        "properties": dict.fromkeys(features.TIERS, record),
        "required": list(features.TIERS),
    }
    cycle = schemas["Stats"]["properties"]["history"]["items"]["properties"]
    cycle["decision"]["enum"] = list(versions.DECISIONS)


def _update_narration(schemas: dict) -> None:
    """The words and bounds of POST /narrate and GET /narration/{id}."""
    asked = schemas["NarrateRequest"]["properties"]
    asked["persona"]["enum"] = list(PERSONAS)
    asked["name"]["maxLength"] = KNIGHT_NAME_LIMIT
    asked["tick"]["maximum"] = LONGEST_TICKS
    asked["learned"]["maximum"] = LEARNED_LIMIT
    asked["moments"] |= {
        "maxItems": MOMENTS_AT_ONCE,
        "items": {
            "type": "array",
            "prefixItems": [
                {"title": name, "type": "integer", "minimum": 0, "maximum": greatest}
                for name, greatest in zip(Moment._fields, MOMENT_BOUNDS, strict=True)
            ],
            "minItems": len(MOMENT_BOUNDS),
            "maxItems": len(MOMENT_BOUNDS),
        },
    }
    line = schemas["Line"]["properties"]
    line["tick"]["maximum"] = LONGEST_TICKS
    line["beat"]["enum"] = list(BEATS)
    line["persona"]["enum"] = list(PERSONAS)
    line["by"]["enum"] = [BARD, MODEL]
    schemas["Voice"]["properties"]["speaks"]["enum"] = [MODEL, BARD]


def write(value, indent: int = 0, lead: int = 0) -> str:
    """JSON in which whatever fits into a line is on one line."""
    line = json.dumps(value)
    if not isinstance(value, (dict, list)) or indent + lead + len(line) <= LINE_LENGTH:
        return line
    margin = " " * (indent + 2)
    if isinstance(value, dict):
        rows = [
            f"{json.dumps(key)}: {write(child, indent + 2, len(key) + 4)}" for key, child in value.items()
        ]
        first, last = "{", "}"
    else:
        rows = [write(child, indent + 2) for child in value]
        first, last = "[", "]"
    return first + "\n" + ",\n".join(margin + row for row in rows) + "\n" + " " * indent + last


def render() -> str:
    """The document as it should be."""
    return write(update(json.loads(DOCUMENT.read_text(encoding="utf-8")))) + "\n"


def main() -> None:
    """Rewrites the document."""
    DOCUMENT.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
