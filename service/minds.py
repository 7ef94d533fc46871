"""The minds that are served: the live one, and each one's weights as published to the page.

Minds are found by their identity, the SHA-256 of the published JSON, because a fight keeps the mind
its ticket names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modular_mind import Mind, load_directory
from service.http import Request, Response, ServiceError, tag_matches


@dataclass(frozen=True, slots=True)
class ServedMind:
    """A mind and the mistake rates of its tiers."""

    mind: Mind
    explore: Mapping[str, int]  # mistake rate by tier, in 1/65536

    @property
    def sha256(self) -> str:
        """The mind's identity."""
        return self.mind.sha256

    def published(self, request: Request) -> Response:
        """The weights as JSON; the address names the content, so it may be kept for ever."""
        tag = f'"{self.sha256}"'
        headers = (("ETag", tag), ("Cache-Control", "public, max-age=31536000, immutable"))
        if tag_matches(request, tag):
            return Response(304, headers)
        return Response(200, (("Content-Type", "application/json"), *headers), self.mind.json)


class Minds:
    """The minds by identity, and which of them is live: the one that new fights are opened with."""

    def __init__(self, live: ServedMind):
        self.live = live
        self._by_sha256 = {live.sha256: live}

    def get(self, sha256: str) -> ServedMind | None:
        """The served mind of that identity."""
        return self._by_sha256.get(sha256)

    def publish(self, request: Request, sha256: str) -> Response:
        """Answers with a mind's weights; raises ServiceError (404)."""
        served = self.get(sha256)
        if served is None:
            raise ServiceError(404, "unknown_weights", "No mind of this hash is served.")
        return served.published(request)


def load_minds(directory: Path) -> Minds:
    """The mind shipped in a weights directory as the live one; raises modular_mind.WeightsError."""
    mind, manifest = load_directory(directory)
    return Minds(ServedMind(mind, dict(manifest["explore"])))
