"""The inside of `duel_sim`: the integer kernel, the scripted fighters, the batched duel, environments."""
