"""Hands on the page: gamepads that are made up, fingers on a touch screen, a key held down."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import CDPSession, Page

# Gamepads that tests hold in their hands: navigator.getGamepads() gives window.pads.
FAKE_GAMEPADS = """
window.pads = [];
window.rumbles = 0;
Object.defineProperty(navigator, "getGamepads", {value: () => window.pads});
window.plug = (id) => {
    const buttons = Array.from({length: 17}, () => ({pressed: false, value: 0}));
    const vibrationActuator = {playEffect: async () => { window.rumbles += 1; }};
    window.pads = [{index: 0, id, connected: true, mapping: "standard", buttons, axes: [0, 0, 0, 0],
        vibrationActuator}];
    window.dispatchEvent(Object.assign(new Event("gamepadconnected"), {gamepad: window.pads[0]}));
};
window.unplug = () => {
    const [gamepad] = window.pads;
    window.pads = [null];
    window.dispatchEvent(Object.assign(new Event("gamepaddisconnected"), {gamepad}));
};
window.frames = async (count) => {
    for (let i = 0; i < count; i += 1) await new Promise(requestAnimationFrame);
};
window.hold = async (index, pressed) => {
    Object.assign(window.pads[0].buttons[index], {pressed, value: pressed ? 1 : 0});
    await window.frames(2);
};
window.tap = async (index) => {
    await window.hold(index, true);
    await window.hold(index, false);
};
window.tilt = async (axis, value) => {
    window.pads[0].axes[axis] = value;
    await window.frames(2);
};
"""


class Fingers:
    """Several fingers on the page's touch screen, by number."""

    def __init__(self, page: Page):
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._down: dict[int, tuple[float, float]] = {}

    def touch(self, finger: int, x: float, y: float) -> None:
        kind = "touchMove" if finger in self._down else "touchStart"
        self._down[finger] = (x, y)
        self._send(kind, self._down)

    def lift(self, finger: int) -> None:
        self._send("touchEnd", {finger: self._down.pop(finger)})

    def cancel(self) -> None:
        """Takes every finger away, as a call does that comes in."""
        if self._down:
            self._down.clear()
            self._send("touchCancel", {})

    def _send(self, kind: str, points: dict[int, tuple[float, float]]) -> None:
        listed = [{"x": x, "y": y, "id": finger} for finger, (x, y) in points.items()]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": listed})


@contextmanager
def held(page: Page, key: str) -> Iterator[None]:
    """A key held down; let go even if the test fails, for the next one has the same keyboard."""
    page.keyboard.down(key)
    try:
        yield
    finally:
        page.keyboard.up(key)
