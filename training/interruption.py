"""Ctrl-C while long work is under way: it ends in good order, and what is done is kept."""

import signal


class Interruption:
    """Ctrl-C as a wish: the first ends the run in good order, a second one at once."""

    def __init__(self):
        self.asked = False

    def __enter__(self):
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_):
        signal.signal(signal.SIGINT, self._before)

    def _ask(self, *_):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
