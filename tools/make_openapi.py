"""Brings docs/openapi.json up to date with the rules: `python -m tools.make_openapi`.

The document is written by hand, except for what `features.py` defines: the observation and its bounds,
the tiers, the moves and specialists, and their numbers. A test fails when it is stale.
"""

import json
from pathlib import Path

import features

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
    schemas["Fight"]["properties"]["seed"]["maximum"] = features.SEED_LIMIT - 1
    schemas["Fight"]["properties"]["explore"]["maximum"] = features.EXPLORE_ONE

    content = document["paths"]["/decide"]["post"]["requestBody"]["content"]["application/json"]
    content["example"]["observation"] = [
        min(max(value, least), greatest)
        for value, (_, least, greatest, _) in zip(
            content["example"]["observation"], features.BOSS_OBSERVATION, strict=True
        )
    ]
    return document


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
