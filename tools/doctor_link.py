"""How far the way to the central system goes: name, port, TLS, WebSocket.

Theory of operation: each step is one line, and the first that fails is the last. The handshake is
the driver's own, with the identity of the station, and nothing is sent; a station that is running
keeps its connection, so then the way ends before it.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from cp.settings import Settings, station_url
from cp.vocabulary.events import Event, LinkFailed, LinkOpened
from drivers.link_files import LinkFiles
from drivers.link_words import why_failed
from drivers.probe import Probe
from drivers.websocket_link import WebsocketLink

_TCP_WITHIN_S: Final = 8.0
_LINK_WITHIN_S: Final = 8.0
_MEND: Final = "see [csms] in the station file, and the network of the station"
_DAYS_LEFT: Final = 14
_DAY_S: Final = 86400.0


def look_at_link(settings: Settings, *, is_running: bool) -> Iterable[Probe]:
    """Lines for each step of the way."""
    probes: list[Probe] = []
    files = LinkFiles(station_url(settings), settings.ca_file, settings.password_file)
    try:
        asyncio.run(_look(settings, files, probes, is_running=is_running))
    except Exception as error:  # whatever an attempt meets has words without credentials
        has_password = settings.password_file is not None
        saw = why_failed(error, is_secure=files.is_secure, has_password=has_password)
        probes.append(Probe("link", False, saw, _MEND))
    return probes


async def _look(
    settings: Settings, files: LinkFiles, probes: list[Probe], *, is_running: bool
) -> None:
    parts = urlsplit(settings.csms_url)
    host, port = str(parts.hostname), parts.port or (443 if files.is_secure else 80)
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = sorted({str(item[4][0]) for item in found})
    probes.append(Probe("link: name", True, f"{host} is {', '.join(addresses)}"))
    probes += await _connected(host, port, files)
    if is_running:
        probes.append(Probe("link: WebSocket", True, "not tried: the station is running"))
    else:
        probes.append(await _opened(settings))


async def _connected(host: str, port: int, files: LinkFiles) -> list[Probe]:
    """TCP, and TLS with what the server shows. Raises what an attempt raises."""
    access = await asyncio.to_thread(files.read)
    begun_s = time.monotonic()
    async with asyncio.timeout(_TCP_WITHIN_S):
        _, writer = await asyncio.open_connection(host, port, ssl=access.tls)
    took_ms = (time.monotonic() - begun_s) * 1000
    tls = writer.get_extra_info("ssl_object")
    writer.transport.abort()
    probes = [Probe("link: port", True, f"{host}:{port} answered in {took_ms:.0f} ms")]
    return probes if tls is None else [*probes, _certificate(tls)]


def _certificate(tls: ssl.SSLObject) -> Probe:
    certificate = tls.getpeercert() or {}
    ends_s = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    left = (ends_s - time.time()) / _DAY_S
    day = datetime.fromtimestamp(ends_s, UTC).date()
    saw = f"{tls.version()}, trusted, the certificate ends on {day}"
    is_ok = left > _DAYS_LEFT
    return Probe("link: TLS", is_ok, saw, "" if is_ok else "have it renewed in time")


async def _opened(settings: Settings) -> Probe:
    link = WebsocketLink(
        station_url(settings),
        ca_file=settings.ca_file,
        password_file=settings.password_file,
        open_timeout_s=_LINK_WITHIN_S,
    )
    outcome: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
    await link.start(lambda event: None if outcome.done() else outcome.set_result(event))
    link.open()
    match await outcome:
        case LinkOpened():
            await link.stop()
            return Probe("link: WebSocket", True, "ocpp1.6 accepted for this identity")
        case LinkFailed(why):
            return Probe("link: WebSocket", False, why, _MEND)
        case event:
            return Probe("link: WebSocket", False, type(event).__name__, _MEND)
