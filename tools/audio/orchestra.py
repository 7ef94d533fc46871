"""The orchestra: every instrument of the scores by name, with its gain and its share of the hall."""

from tools.audio import keyboards, percussion, sections
from tools.audio.synth import generator

# name: (section, or function of (pitch, seconds, velocity, rng), gain, send to the hall)
INSTRUMENTS = {
    "violins": (sections.VIOLINS, 0.2, 0.35),
    "violas": (sections.VIOLAS, 0.12, 0.35),
    "celli_short": (sections.CELLI_SHORT, 0.42, 0.2),
    "basses": (sections.BASSES, 0.22, 0.15),
    "basses_short": (sections.BASSES_SHORT, 0.42, 0.12),
    "violins_short": (sections.VIOLINS_SHORT, 0.38, 0.28),
    "horns": (sections.HORNS, 0.25, 0.4),
    "trombones": (sections.TROMBONES, 0.19, 0.3),
    "trumpets": (sections.TRUMPETS, 0.2, 0.35),
    "celli": (sections.CELLI, 0.22, 0.3),
    "cello": (sections.CELLO, 0.2, 0.4),
    "women": (sections.WOMEN, 0.25, 0.5),
    "men": (sections.MEN, 0.14, 0.5),
    "hum": (sections.HUM, 0.16, 0.55),
    "chant": (sections.CHANT, 0.26, 0.45),
    "soprano": (sections.SOPRANO, 0.25, 0.7),
    "taiko": (percussion.taiko, 0.85, 0.25),
    "side_drum": (percussion.side_drum, 0.24, 0.25),
    "field_drum": (percussion.side_drum, 0.7, 0.2),  # the layers' side drum, close by
    "timpani": (percussion.timpani, 0.42, 0.3),
    "drum_roll": (percussion.drum_roll, 0.4, 0.3),
    "anvil": (percussion.anvil, 0.9, 0.35),
    "cymbal": (percussion.cymbal, 0.32, 0.25),
    "cymbal_swell": (percussion.cymbal_swell, 0.35, 0.25),
    "tam_tam": (percussion.tam_tam, 1.3, 0.3),
    "church_bell": (percussion.church_bell, 0.9, 0.5),
    "small_bell": (percussion.small_bell, 0.3, 0.6),
    "hammer": (percussion.hammer, 1.0, 0.3),
    "chain": (percussion.chain, 0.75, 0.2),
    "bellows": (percussion.bellows, 1.0, 0.3),
    "organ": (keyboards.organ, 0.1, 0.5),
    "harpsichord": (keyboards.harpsichord, 0.42, 0.3),
    "low_piano": (keyboards.low_piano, 0.5, 0.18),
    "boom": (percussion.boom, 0.55, 0.1),
}


def sound(note, beat, take):
    """One take of `note`, stereo, with `beat` seconds a beat; the same arguments give the same samples."""
    instrument = INSTRUMENTS[note.instrument][0]
    name = f"{note.instrument} {note.pitch} {note.beats:.2f} {note.velocity:.2f} {note.shape} {take}"
    rng = generator(name)
    if isinstance(instrument, sections.Section):
        return sections.sustained(instrument, note.pitch, note.beats * beat, note.velocity, rng, note.shape)
    return instrument(note.pitch, note.beats * beat, note.velocity, rng)
