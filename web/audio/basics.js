// What effects and music share: numbers kept in bounds, gains that move without a click, decoded files.

/** `value` within [low, high], or `otherwise` if it is no finite number. */
export function bounded(value, low, high, otherwise) {
  return Number.isFinite(value) ? Math.min(Math.max(value, low), high) : otherwise;
}

/**
 * Moves a parameter from wherever it is to `value`: 99% of the way in `seconds`, all of it (-87 dB) in
 * twice that. An exponential approach may interrupt another one at any point without a jump.
 */
export function ramp(parameter, value, now, seconds) {
  parameter.setTargetAtTime(value, now, seconds / 5);
}

/** Decoded audio from `address`, or null if it cannot be fetched or decoded. */
export async function fetchAudio(context, address) {
  try {
    const reply = await fetch(address);
    if (!reply.ok) return null;
    return await context.decodeAudioData(await reply.arrayBuffer());
  } catch {
    return null;
  }
}
