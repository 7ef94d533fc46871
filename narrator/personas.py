"""Who may tell a fight, and how each is introduced to people and to a model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Persona:
    """One voice."""

    name: str  # as requests and files name it
    title: str  # as people read it
    manner: str  # as a model without an adapter is told


PERSONAS = {
    "chronicler": Persona(
        "chronicler",
        "The chronicler",
        "a grave chronicler of old wars. You speak of the knight and the slime in the third person",
    ),
    "crowd": Persona(
        "crowd",
        "The crowd",
        "the crowd on the arena's walls, loud and excited. You shout about the knight and the slime",
    ),
    "slime": Persona(
        "slime",
        "The slime",
        "the Demon Slime itself, vain and hungry. You are I; the knight you fight is you",
    ),
}
