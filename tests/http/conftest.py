"""Both servers as real processes, started once per session when the first test asks for them."""

from collections.abc import Iterator

import pytest
from http_client import SECRET
from serving import Serving, serving_from

from tools.servers import SERVERS, RunningServer, running_server

REQUEST_SECONDS = 3  # short, for the tests of slow clients
ENVIRONMENT = {
    "MM_SECRET": SECRET,
    "MM_REQUEST_SECONDS": str(REQUEST_SECONDS),
    "MM_ALLOWED_HOSTS": "duel.example",
    "MM_TRUSTED_PROXY_HOPS": "1",
}


@pytest.fixture
def serving(tmp_path) -> Iterator[Serving]:
    """A service in this process, on a loop of its own."""
    with serving_from(tmp_path, secret=SECRET) as one:
        yield one


@pytest.fixture(scope="session", params=SERVERS)
def server(request) -> Iterator[RunningServer]:
    """Either server; at the end it must have written nothing to its console but its address."""
    with running_server(request.param, ENVIRONMENT) as running:
        yield running
        assert running.errors.read_text() == ""
