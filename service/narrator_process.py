"""Keeps the narrator's model running beside a server: `python -m narrator`, in a process of its own.

    narrator = NarratorProcess(environment_of(config), on_voice=tell_everybody)
    narrator.start()
    narrator.ask(as_dict(facts), "crowd", seed, then=show)   # at once; False: nobody to ask
    narrator.end()

The server never waits for it. An answer comes, or none does: the bard's line stands either way. `then` and
`on_voice` are called from threads of this module, one call at a time; what they raise is logged.

A model that dies is started again, later each time, and so is one that hangs, after it was killed. One that
says it is unavailable is asked again, quietly, every few seconds: `make play` installs its packages while the
game runs. Players are told in a few words why there is no model, the log gets all that is known. What the
process prints is not trusted: lines that are too long or make no sense are counted and left out. It holds the
other end of a pipe from this process and ends with it, however that ends.
"""

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from service.settings import ROOT, Config
from service.supervisor import ONE_THREAD

COMMAND = (sys.executable, "-m", "narrator", "--supervised")
EXIT_UNUSABLE, EXIT_UNAVAILABLE = 2, 4  # of the process, see narrator/__main__.py
MOST_WAITING = 64  # requests without an answer; the oldest is forgotten for a newer one
LINE_LIMIT = 8192  # bytes
REASON_LIMIT = 300  # characters
MOST_MESSAGES = 50  # lines of the process's standard error that go to the log as they come, of each start
LAST_MESSAGES = 20  # ... and that are told as a warning when it dies
REASONS_KEPT = 50  # that were told, and are not told again
# The same on Windows, where the process cannot lower its priority itself; 0 elsewhere.
WINDOWS_FLAGS = sum(
    getattr(subprocess, flag, 0) for flag in ("CREATE_NEW_PROCESS_GROUP", "BELOW_NORMAL_PRIORITY_CLASS")
)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    start: float = 120.0  # until the model answers, from the start or its last sign of life
    request: float = 8.0  # without any answer while one is due
    retry: tuple[float, float] = (5.0, 60.0)  # before an unavailable one is tried again: first, at most
    restart: tuple[float, float] = (1.0, 300.0)  # before one that died is started again: first, at most
    healthy: float = 60.0  # one that lived so long is started again soon
    end: float = 0.5  # that an ending one gets before it is killed


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks: a model, or the bard, and why not the model."""

    backend: str | None = None  # None: the bard speaks
    model: str | None = None
    reason: str | None = None

    def as_json(self) -> dict:
        """As the page gets it."""
        speaks = "bard" if self.backend is None else "model"
        return {"speaks": speaks, "backend": self.backend, "model": self.model, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model wrote about one request: a checked line, or why there is none."""

    text: str | None
    refused: list[str]
    tokens: int
    seconds: float


@dataclass(slots=True)
class _Child:
    """One run of the process."""

    process: subprocess.Popen
    is_ready: bool = False
    is_gone: bool = False  # its output has ended
    last_sign: float = field(default_factory=time.monotonic)
    unavailable: str | None = None
    is_missing: bool = False  # it is unavailable because its packages are not installed
    is_unfit: bool = False  # ... or because it will not do here, however often it is tried
    killed: str | None = None  # why it had to be
    last_messages: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_MESSAGES))
    waiting: dict[int, Callable[[Answer], None]] = field(default_factory=dict)  # by request, oldest first
    to_send: deque[tuple[int, bytes]] = field(default_factory=deque)


def environment_of(config: Config) -> dict[str, str]:
    """This process's environment, with the settings of the server."""
    settings = {"MM_DATA_DIR": str(config.data_dir), "HF_TOKEN": config.hub_token or ""}
    return {**os.environ, **settings, **dict.fromkeys(ONE_THREAD, "1")}


class NarratorProcess:
    """The model's process, as the server sees it."""

    def __init__(
        self,
        environment: Mapping[str, str],
        on_voice: Callable[[Voice], None] = lambda voice: None,
        command: tuple[str, ...] = COMMAND,
        patience: Patience | None = None,
    ):
        self.garbage = 0  # lines of the process that made no sense
        self._environment = dict(environment)
        self._on_voice = on_voice
        self._command = command
        self._patience = patience or Patience()
        self._changed = threading.Condition()  # guards everything below, and whatever a _Child holds
        self._child: _Child | None = None
        self._voice = Voice(reason="the model is starting")
        self._ending = False
        self._count = 0
        self._told: deque[str] = deque(maxlen=REASONS_KEPT)  # in warnings
        self._calling = threading.Lock()  # one call back at a time
        self._keeper = threading.Thread(target=self._keep, name="narrator", daemon=True)

    @property
    def voice(self) -> Voice:
        """Who speaks now."""
        with self._changed:
            return self._voice

    def start(self) -> None:
        """Starts the process and keeps it running."""
        self._keeper.start()

    def ask(self, facts: dict, persona: str, seed: int, then: Callable[[Answer], None]) -> bool:
        """Asks for a line and returns at once; False when there is no model to ask.

        `then` is called once with the answer, or never: the process may end first, or newer requests come.
        """
        with self._changed:
            child = self._child
            if child is None or not child.is_ready or child.is_gone or child.killed or self._ending:
                return False
            self._count += 1
            request = {"id": self._count, "persona": persona, "facts": facts, "seed": seed}
            if not child.waiting:
                child.last_sign = time.monotonic()  # it was silent because nothing was due
            elif len(child.waiting) >= MOST_WAITING:
                self._forget(child, next(iter(child.waiting)))
            child.waiting[self._count] = then
            child.to_send.append((self._count, json.dumps(request).encode("ascii") + b"\n"))
            self._changed.notify_all()
        return True

    def end(self) -> None:
        """Ends the process, by force if it takes longer than a moment."""
        with self._changed:
            self._ending = True
            child = self._child
            self._changed.notify_all()
        if child is not None:
            child.process.terminate()
            try:
                child.process.wait(self._patience.end)
            except subprocess.TimeoutExpired:
                child.process.kill()
        if self._keeper.is_alive():
            self._keeper.join(self._patience.end)

    # ------------------------------------------------------------------------ the keeper's thread
    def _keep(self) -> None:
        """Keeps the process running until it is to end or is of no use."""
        retry, restart = self._patience.retry[0], self._patience.restart[0]
        while True:
            began = time.monotonic()
            child, code, why = None, None, None
            try:
                child = self._launch()
            except (FileNotFoundError, PermissionError) as error:  # no time will mend that
                log.warning("The narrator cannot be started: %s", error)
                self._speak(Voice(reason=f"the model's process cannot be started: {error.strerror}"))
                return
            except OSError as error:  # no memory, process or descriptor is left for it now
                why = f"it cannot be started: {error.strerror}"
            else:
                if child is None:
                    return
                code = self._attend(child)
                with self._changed:
                    if self._ending:
                        return
                if code == EXIT_UNUSABLE:
                    log.warning("The narrator's settings make no sense.%s", _last_messages(child))
                    self._speak(
                        Voice(reason="the narrator's settings make no sense: the server's log has more")
                    )
                    return
            if code == EXIT_UNAVAILABLE and child.unavailable is not None and not child.killed:
                # Packages that are not there are no news: `make play` installs them while the game runs.
                level = logging.INFO if child.is_missing else logging.WARNING
                self._tell_once(level, "The narrator's model cannot start", child.unavailable)
                if child.is_unfit:
                    self._speak(Voice(reason="the model writes no line in time here"))
                    return
                missing, broken = "the model is not installed", "the model cannot start here"
                self._speak(Voice(reason=missing if child.is_missing else broken))
                delay, retry = retry, min(2 * retry, self._patience.retry[1])
                restart = self._patience.restart[0]
            else:
                if time.monotonic() - began >= self._patience.healthy:
                    restart = self._patience.restart[0]
                why = why or child.killed or f"it ended with code {code}"
                log.warning(
                    "The narrator's model is gone: %s. It starts again in %.0f s.%s",
                    why,
                    restart,
                    _last_messages(child),
                )
                self._speak(Voice(reason=f"the model is gone: {why}"))
                delay, restart = restart, min(2 * restart, self._patience.restart[1])
                retry = self._patience.retry[0]
            with self._changed:
                if self._changed.wait_for(lambda: self._ending, delay):
                    return

    def _launch(self) -> _Child | None:
        """Starts the process; None when it is to end. Raises OSError."""
        with self._changed:
            if self._ending:
                return None
            process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # Ctrl-C is for the server. Not a session of its own: see service/supervisor.py
                process_group=0,
                creationflags=WINDOWS_FLAGS,
            )
            self._child = _Child(process)
            return self._child

    def _attend(self, child: _Child) -> int:
        """Waits until the process has ended, kills it where it hangs; returns its exit code."""
        threads = []
        for work in (self._write, self._read, self._log):
            thread = threading.Thread(target=work, args=(child,), name="narrator", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system has no more now
                child.killed = "there are no threads for it"
                break
            threads.append(thread)
        with self._changed:
            while not (child.is_gone or child.killed or self._ending):
                left = self._seconds_left(child)
                if left is not None and left <= 0:
                    child.killed = "it hung" if child.is_ready else "it did not get ready"
                    break
                self._changed.wait(left)
            is_ending = self._ending
        if child.killed:
            child.process.kill()
        with contextlib.suppress(OSError):  # also what asks it to end
            child.process.stdin.close()
        try:
            code = child.process.wait(self._patience.end if is_ending else self._patience.request)
        except subprocess.TimeoutExpired:  # it has closed its output and stays
            child.process.kill()
            code = child.process.wait()
        pipes = (child.process.stdin, child.process.stdout, child.process.stderr)
        for pipe in pipes[len(threads) :]:  # those that got no thread, which would close its own
            pipe.close()
        with self._changed:
            child.is_gone = True
            child.waiting.clear()
            self._changed.notify_all()
        for thread in threads:
            # its output ends with it, but for what it has itself started and left behind
            thread.join(self._patience.end)
        return code

    def _seconds_left(self, child: _Child) -> float | None:
        """Until the process counts as hung; None while nothing is due."""
        if child.is_ready and not child.waiting:
            return None
        patience = self._patience.request if child.is_ready else self._patience.start
        return child.last_sign + patience - time.monotonic()

    def _tell_once(self, level: int, what: str, why: str) -> None:
        """Logs what has not been logged before."""
        if why not in self._told:
            self._told.append(why)
            log.log(level, "%s: %s", what, why)

    def _speak(self, voice: Voice) -> None:
        """From now on this is who speaks."""
        with self._changed:
            if voice == self._voice:
                return
            self._voice = voice
        self._call(self._on_voice, voice)

    def _call(self, function: Callable, argument: object) -> None:
        with self._calling:
            try:
                function(argument)
            except Exception:
                log.exception("What the narrator was asked for could not be used")

    # ------------------------------------------------------------------------ threads at the pipes
    def _write(self, child: _Child) -> None:
        """Sends requests. A thread of its own: a process that does not read must not hold up anybody."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: child.to_send or child.is_gone or child.killed or self._ending)
                if not child.to_send:
                    return
                _, line = child.to_send.popleft()
            try:
                child.process.stdin.write(line)
                child.process.stdin.flush()
            except (OSError, ValueError):  # it has ended, or its input was closed to end it
                return

    def _read(self, child: _Child) -> None:
        """Takes in what the process says."""
        for line in _lines(child.process.stdout):
            content = _object_in(line)
            if content is None or not self._hear(child, content):
                with self._changed:
                    self.garbage += 1
        with self._changed:
            child.is_gone = True
            self._changed.notify_all()

    def _hear(self, child: _Child, content: dict) -> bool:
        """Acts on one line; False for one that makes no sense."""
        voice = _voice_in(content.get("ready"))
        if voice is not None and not child.is_ready:
            with self._changed:
                child.is_ready, child.last_sign = True, time.monotonic()
                self._changed.notify_all()
            instead = content["ready"].get("instead")
            if isinstance(instead, str):
                what = f"The narrator speaks by {voice.backend} instead of what was asked for"
                self._tell_once(logging.WARNING, what, _one_line(instead))
            self._speak(voice)
            return True
        if type(content.get("loading")) is int and not child.is_ready:
            child.last_sign = time.monotonic()
            return True
        if isinstance(content.get("unavailable"), str):
            child.unavailable = _one_line(content["unavailable"])
            child.is_missing = content.get("missing") is True
            child.is_unfit = content.get("unfit") is True
            return True
        answer = _answer_in(content)
        number = content.get("id")
        if answer is None or type(number) is not int or not 0 < number <= self._count:
            return False
        with self._changed:
            then = child.waiting.get(number)
            child.last_sign = time.monotonic()
            for older in [waiting for waiting in child.waiting if waiting <= number]:
                self._forget(child, older)  # it answers in order: what it passed over it will not answer
            self._changed.notify_all()
        if then is not None:
            self._call(then, answer)
        return True

    def _log(self, child: _Child) -> None:
        """Passes on what the process prints as errors, the first lines of it, and keeps the last."""
        for number, line in enumerate(_lines(child.process.stderr)):
            text = _one_line(line.decode("utf-8", "replace"))
            if text:
                child.last_messages.append(text)
                if number < MOST_MESSAGES:
                    log.info("narrator: %s", text)

    @staticmethod
    def _forget(child: _Child, number: int) -> None:
        del child.waiting[number]
        if child.to_send and child.to_send[0][0] == number:
            child.to_send.popleft()


# ---------------------------------------------------------------------------- what the process prints
def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a pipe until it ends; one that is too long comes as an empty one."""
    too_long = False
    while piece := stream.readline(LINE_LIMIT):
        ends = piece.endswith(b"\n")
        if ends:
            yield b"" if too_long else piece
        too_long = not ends
    stream.close()


def _object_in(line: bytes) -> dict | None:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _voice_in(content: object) -> Voice | None:
    if not isinstance(content, dict):
        return None
    names = content.get("backend"), content.get("model")
    return Voice(*map(_one_line, names)) if all(isinstance(name, str) and name for name in names) else None


def _answer_in(content: dict) -> Answer | None:
    text, refused = content.get("text", ""), content.get("refused")
    tokens, seconds = content.get("tokens"), content.get("seconds")
    is_sound = (
        (text is None or (isinstance(text, str) and text))
        and isinstance(refused, list)
        and all(isinstance(reason, str) for reason in refused)
        and type(tokens) is int
        and type(seconds) in (int, float)
    )
    return Answer(text, refused, tokens, seconds) if is_sound else None


def _last_messages(child: _Child | None) -> str:
    """What a process printed as errors at last, to go on after a sentence."""
    lines = () if child is None else tuple(child.last_messages)
    return " It said:" + "".join(f"\n  {line}" for line in lines) if lines else ""


def _one_line(text: str) -> str:
    """Printable, on one line, and not too long."""
    words = "".join(letter if letter.isprintable() else " " for letter in text).split()
    return " ".join(words)[:REASON_LIMIT]
