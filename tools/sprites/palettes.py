"""Colour ramps, dark to light, their hue turning from violet shadows to warm highlights."""

EMBER = ("#3b0d12", "#7c1a14", "#c23a14", "#ee7420", "#ffb347", "#ffe9a0", "#fffbe6")

KNIGHT = {
    "steel": ("#12101a", "#22202f", "#393950", "#575b74", "#7e879c", "#aeb8c0", "#ecede0"),
    "steel_rim": ("#3a1418", "#5c2318", "#8a3a1c", "#bf5f26", "#e8913c", "#ffc873", "#fff0c0"),
    "mail": ("#0f0d15", "#1a1823", "#292736", "#3d3b4d", "#575868"),
    "gold": ("#22130f", "#4a2a14", "#80501f", "#b98434", "#e6bf62", "#fff0b8"),
    "cloth": ("#1b0812", "#360e1a", "#5c151f", "#8a2420", "#b8432a", "#e07a40"),
    "cloth_rim": ("#5c151f", "#8f2a1c", "#c8501f", "#f0862c", "#ffbe5c", "#ffe9a0"),
    "leather": ("#150d10", "#2a1a18", "#452a20", "#684330", "#936848"),
    "blade": ("#20222f", "#3b4154", "#667086", "#9aa7b4", "#cfd8d6", "#fbfbee"),
    "ember": EMBER,
}
KNIGHT_RIMS = {"steel": "steel_rim", "cloth": "cloth_rim", "mail": "steel_rim"}

SLIME = {
    "body": ("#12061c", "#230a33", "#3b0f4c", "#5b1763", "#842674", "#b23f82", "#dd6b94", "#ffb3b0"),
    "body_rim": ("#3a1552", "#572070", "#7d3290", "#a94cac", "#d276c0", "#f4a8d0", "#ffdce4", "#fff4f0"),
    "crack": ("#4a0f3c", "#8c1a44", "#cf3f3f", "#f58a3c", "#ffd065", "#fff5c0"),
    "horn": ("#17101a", "#31222c", "#57403e", "#876a55", "#bb9c74", "#eadcae"),
    "shard": ("#0b0814", "#141024", "#201a38", "#312a50", "#4c4672", "#8480a8", "#e4e2f4"),
    "eye": ("#5a1406", "#b03a08", "#f08a14", "#ffd84a", "#fffbd0"),
    "maw": ("#080208", "#1c0512", "#3f0a1c", "#701428", "#a82a34"),
    "tooth": ("#3a2a30", "#7d6456", "#c2a983", "#efe2b8"),
    "steel": ("#110f18", "#262636", "#474a60", "#7b8294", "#c4c8c4"),
    "ember": EMBER,
    "warning": ("#4a0410", "#860a18", "#c8161c", "#ff3a2a", "#ff8a5a", "#ffe0b0"),
    "shell": ("#0c0f1c", "#182038", "#2a3a5c", "#46608a", "#7292b4", "#a4c4d4", "#dcecec"),
}
SLIME_RIMS = {"body": "body_rim", "shard": "body_rim"}

SLIME_ENRAGED = SLIME | {
    "body": ("#120305", "#2a060a", "#4a0a0e", "#760f10", "#a81c12", "#d83a18", "#f87030", "#ffc070"),
    "body_rim": ("#5a1208", "#8c240a", "#c4450e", "#f07a1c", "#ffae40", "#ffd880", "#fff2c0", "#fffbe6"),
    "crack": ("#8c1a0a", "#d84a10", "#ff8a20", "#ffc84a", "#fff09a", "#fffdf0"),
    "horn": ("#120a0c", "#2a1716", "#4c2a22", "#7c4630", "#b87444", "#f0c078"),
    "shard": ("#08060a", "#120c12", "#20141a", "#34202a", "#58343a", "#a06a5c", "#ffe0b8"),
    "eye": ("#a84a08", "#f09a14", "#ffe04a", "#fffbb0", "#ffffff"),
    "maw": ("#1c0404", "#4a0a06", "#962008", "#e05a10", "#ffb040"),
    "shell": ("#0a070a", "#181014", "#2a1c20", "#432c2e", "#68463e", "#a07456", "#ecc490"),
}


def rgb(colour):
    """(red, green, blue), 0 to 255, of "#rrggbb"."""
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
