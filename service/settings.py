"""Settings of a server, from flags and the environment, in one frozen dataclass.

| variable | what |
|---|---|
| MM_HOST, MM_PORT | where to listen (flags come first; then these; then the usual ones of each server) |
| MM_DATA_DIR | what must outlive the process, `var/` unless set |
| MM_SECRET | signs the tickets; at least 16 characters |
| MM_ALLOWED_HOSTS | further host names that requests may be addressed to, separated by commas |
| MM_TRUSTED_PROXY_HOPS | how many proxies in front append to X-Forwarded-For: 0, on a Space 1 |
| MM_REQUEST_SECONDS | how long a request may take to arrive whole, 10 unless set |
| MM_ONLINE | 0: nothing is recorded and nothing learned; 1 unless set |
| MM_PUBLIC | 1: strangers play here, so that the boss learns from many sources at a time only |
| MM_LEARN_HERE | 0: fights are recorded, but another machine with the same journal learns; 1 unless set |
| MM_LEARNER | `dream` or `gradient`: how it learns (learning/cycle.py), dream unless set |
| MM_DATABASE_URL | a PostgreSQL for the journal, shared by several machines; else a file in MM_DATA_DIR |
| MM_RETENTION_DAYS | how long logs of fights are kept, 30 unless set |
| MM_NARRATOR_BACKEND | `off`: no model narrates, only the bard; else see narrator/settings.py |
| HF_TOKEN, MM_DATASET_REPO | a private dataset on the Hugging Face Hub that keeps the learned weights |
| MM_DATASET_FIGHTS | 1: it keeps the logs of fights too |
| SPACE_ID, SPACE_HOST | set by Hugging Face on a Space |
"""

import argparse
import errno
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEARNERS = ("dream", "gradient")
SECRET_LENGTH = 16  # characters at least
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


class SettingsError(ValueError):
    """A setting that cannot be used; the message is one line for the person who set it."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a server needs to know before it starts."""

    host: str = "127.0.0.1"
    port: int = 7861
    data_dir: Path = ROOT / "var"
    secret: str | None = field(default=None, repr=False)  # None: the key file in data_dir
    allowed_hosts: frozenset[str] = frozenset(LOCAL_HOSTS)
    trusted_proxies: int = 0
    request_seconds: int = 10
    online: bool = True
    public: bool = False
    learn_here: bool = True
    learner: str = "dream"
    database_url: str | None = field(default=None, repr=False)  # it may hold a password
    retention_days: int = 30
    hub_token: str | None = field(default=None, repr=False)
    dataset_repo: str | None = None
    dataset_fights: bool = False
    narrator: bool = False  # whether a process with a model runs beside the server

    @property
    def any_address(self) -> bool:
        """Whether the server listens on every address of the machine."""
        return self.host in ("0.0.0.0", "::")

    @property
    def url(self) -> str:
        """The address to open in a browser on this machine."""
        host = "localhost" if self.any_address else self.host
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"


def on_space(environment: Mapping[str, str]) -> bool:
    """Whether this runs on a Hugging Face Space."""
    return bool(environment.get("SPACE_ID") or environment.get("SPACE_HOST"))


def add_address_flags(parser: argparse.ArgumentParser) -> None:
    """--host and --port, the same for both servers."""
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", help="port to listen on")


def read_config(
    environment: Mapping[str, str],
    host_names: Iterable[str],
    port_names: Iterable[str],
    default_host: str,
    default_port: int,
    host_flag: str | None = None,
    port_flag: str | None = None,
) -> Config:
    """The settings of one server; raises SettingsError.

    host_names, port_names: variables that may say where to listen, the first that is set counts.
    """
    host = host_flag or _first(environment, host_names) or default_host
    host = host.strip().removeprefix("[").removesuffix("]")
    port = _integer("the port", port_flag or _first(environment, port_names) or str(default_port), 1, 65535)

    secret = environment.get("MM_SECRET") or None
    if secret is not None and len(secret) < SECRET_LENGTH:
        raise SettingsError(f"MM_SECRET has fewer than {SECRET_LENGTH} characters")
    proxies = environment.get("MM_TRUSTED_PROXY_HOPS") or ("1" if on_space(environment) else "0")
    extra = environment.get("MM_ALLOWED_HOSTS", "").split(",")
    allowed = {*LOCAL_HOSTS, host, environment.get("SPACE_HOST", ""), *extra}
    return Config(
        host=host,
        port=port,
        data_dir=_data_dir(environment),
        secret=secret,
        allowed_hosts=frozenset(name.strip().lower() for name in allowed) - {""},
        trusted_proxies=_integer("MM_TRUSTED_PROXY_HOPS", proxies, 0, 16),
        request_seconds=_integer("MM_REQUEST_SECONDS", environment.get("MM_REQUEST_SECONDS") or "10", 1, 600),
        narrator=environment.get("MM_NARRATOR_BACKEND") != "off",
        **read_learning(environment),
    )


def read_online_config(environment: Mapping[str, str]) -> Config:
    """The settings of the learner, which listens nowhere; raises SettingsError."""
    return Config(data_dir=_data_dir(environment), **read_learning(environment))


def read_learning(environment: Mapping[str, str]) -> dict:
    """The settings of journal, learner and Hub, by the names of Config; raises SettingsError.

    A machine whose Space is open to everyone is public unless MM_PUBLIC says otherwise.
    """
    learner = environment.get("MM_LEARNER") or LEARNERS[0]
    if learner not in LEARNERS:
        raise SettingsError(f"MM_LEARNER is {learner!r}, not one of {', '.join(LEARNERS)}")
    days = environment.get("MM_RETENTION_DAYS") or "30"
    return {
        "online": _switch(environment, "MM_ONLINE", "1"),
        "public": _switch(environment, "MM_PUBLIC", "1" if on_space(environment) else "0"),
        "learn_here": _switch(environment, "MM_LEARN_HERE", "1"),
        "learner": learner,
        "database_url": environment.get("MM_DATABASE_URL") or None,
        "retention_days": _integer("MM_RETENTION_DAYS", days, 1, 3650),
        "hub_token": environment.get("HF_TOKEN") or None,
        "dataset_repo": environment.get("MM_DATASET_REPO") or None,
        "dataset_fights": _switch(environment, "MM_DATASET_FIGHTS", "0"),
    }


def address_problem(config: Config, error: OSError) -> str:
    """One line on why an address cannot be listened on."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {config.port} on {config.host} is already in use. Choose another with --port."
    return f"Cannot listen on {config.host}, port {config.port}: {error.strerror or error}."


def _data_dir(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("MM_DATA_DIR") or ROOT / "var")


def _first(environment: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((environment[name] for name in names if environment.get(name)), None)


def _switch(environment: Mapping[str, str], name: str, default: str) -> bool:
    text = (environment.get(name) or default).strip()
    if text not in ("0", "1"):
        raise SettingsError(f"{name} is {text!r}, not 0 or 1")
    return text == "1"


def _integer(what: str, text: str, least: int, greatest: int) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= greatest):
        raise SettingsError(f"{what} is {text!r}, not an integer from {least} to {greatest}")
    return int(text)


# ---------------------------------------------------------------------------- hosts
def split_host(authority: str) -> str | None:
    """The host of a Host header or an origin's authority, lower case, without port and brackets.

    None for what is no host with an optional port.
    """
    authority = authority.strip().lower()
    if authority.startswith("["):
        host, bracket, port = authority[1:].partition("]")
        if not bracket or (port and not port.startswith(":")) or not is_address(host):
            return None
        port = port[1:]
    else:
        host, _, port = authority.partition(":")
    if not host or (port and not (port.isascii() and port.isdigit())):
        return None
    return host


def is_address(host: str) -> bool:
    """Whether a host is an IP address and not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def host_allowed(config: Config, host: str) -> bool:
    """Whether requests may be addressed to this host.

    The list is what stops DNS rebinding, where a foreign name is made to point at this machine. An
    address is not a name, so a server that listens on every address may be called by any of them.
    """
    return host in config.allowed_hosts or (config.any_address and is_address(host))
