// The page in full screen: a button, a command, and a pause when the player leaves it in mid-fight.

/**
 * `button` is hidden where full screen is not to be had: some phones, frames without the permission.
 * `onLeave()`: it ended otherwise than by `toggle`, so by the browser's own key. Returns {toggle}, of which the
 * result says whether there is anything to toggle.
 */
export function connectFullScreen(button, { onLeave }) {
  const root = document.documentElement;
  let isAsked = false; // to leave
  const toggle = () => {
    if (!document.fullscreenEnabled) return false;
    isAsked = Boolean(document.fullscreenElement);
    const change = isAsked ? document.exitFullscreen() : root.requestFullscreen({ navigationUI: "hide" });
    change.catch(() => {}); // the browser wants a click first, a gamepad's button is none
    return true;
  };
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener("click", toggle);
  document.addEventListener("fullscreenchange", () => {
    const isFull = Boolean(document.fullscreenElement);
    button.setAttribute("aria-pressed", String(isFull));
    if (!isFull && !isAsked) onLeave();
    isAsked = false;
  });
  return { toggle };
}
