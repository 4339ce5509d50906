"""Transfers by http and https, with httpx.

Theory of operation: one request after another, each on a connection of its own that the try can
cut. Nothing is taken from the environment (proxies, netrc, CAs), nothing is decoded, redirects are
followed here because what may be followed is our rule. A download is resumed with ``Range`` and
``If-Range``; since servers get that wrong, what they answer is compared with what is known, and any
doubt means to start anew. A body whose length nobody told ends with the connection: whether it was
whole is for the check of the image to say. An upload is a PUT; where the server does not know what
to do with that, a POST of a form (D-18).
"""

import contextlib
import logging
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol, cast

import httpx

from drivers.link_files import tls_context
from drivers.transfer.config import TransferConfig
from drivers.transfer.location import Location
from drivers.transfer.one_try import Try, TryFailed
from drivers.transfer.part import Part
from drivers.transfer.upload_file import UploadFile
from drivers.transfer.words import why_status

_HEADERS: Final = {"User-Agent": "statecharge", "Accept": "*/*", "Accept-Encoding": "identity"}
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_SAME_METHOD: Final = (307, 308)
_NOT_BY_PUT: Final = (405, 415, 501)
_PARTIAL, _NOT_SATISFIABLE = 206, 416
_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)")
_TYPE: Final = "application/gzip"

# At INFO httpx logs addresses, at DEBUG httpcore logs headers, among them Authorization.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class _Stream(Protocol):
    """What httpcore hands over as a connection."""

    def get_extra_info(self, info: str) -> socket.socket:
        """The socket, by the name ``socket``."""

    def close(self) -> None:
        """Close it."""


class WebWay:
    """``work.Way`` by HTTP. Raises TryFailed, or what httpx raises."""

    def __init__(self, config: TransferConfig, one_try: Try) -> None:
        self._config = config
        self._try = one_try

    # ---- download --------------------------------------------------------------------------------

    def fetch(self, location: Location, part: Part) -> None:
        """Fetch the file, or the rest of it."""
        if part.kept is not None and self._fetch_from(part.kept.size, location, part):
            return
        self._fetch_from(0, location, part)

    def _fetch_from(self, offset: int, location: Location, part: Part) -> bool:
        """False when the server will not go on at this offset."""
        ranges = {}
        if part.kept is not None and offset:
            ranges = {"Range": f"bytes={offset}-", "If-Range": part.kept.validator}
        with self._exchange("GET", location, ranges) as answer:
            if offset and not _is_going_on(answer, part):
                return False
            if answer.status_code not in (200, _PARTIAL if offset else 200):
                raise TryFailed(why_status(answer.status_code))
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise TryFailed("the server sends the image encoded, which it was asked not to do")
            start = offset if answer.status_code == _PARTIAL else 0
            part.begin(start, _validator(answer), _total(answer, start))
            for chunk in answer.iter_raw():
                part.write(chunk)
        return True

    # ---- upload ----------------------------------------------------------------------------------

    def send(self, location: Location, file: Path, name: str) -> None:
        """Bring ``file`` there, under ``name`` where the location leaves that open."""
        target = location.for_file(name)
        with self._exchange("PUT", target, {"Content-Type": _TYPE}, file) as answer:
            status = answer.status_code
        if status in _NOT_BY_PUT:
            with self._exchange("POST", location, {}, file, form_name=name) as answer:
                status = answer.status_code
        if not 200 <= status < 300:
            raise TryFailed(why_status(status))

    # ---- one request -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def _exchange(
        self,
        method: str,
        location: Location,
        headers: Mapping[str, str],
        file: Path | None = None,
        *,
        form_name: str = "",
    ) -> Iterator[httpx.Response]:
        """The answer that is no redirect, its body unread."""
        for _ in range(self._config.redirects_max + 1):
            with self._request(method, location, headers, file, form_name) as answer:
                target = answer.headers.get("location")
                followed = _REDIRECTS if method == "GET" else _SAME_METHOD
                if answer.status_code not in followed or target is None:
                    yield answer
                    return
            location = location.redirected(target)
        raise TryFailed(f"the server redirects more than {self._config.redirects_max} times")

    @contextlib.contextmanager
    def _request(
        self,
        method: str,
        location: Location,
        headers: Mapping[str, str],
        file: Path | None,
        form_name: str,
    ) -> Iterator[httpx.Response]:
        with contextlib.ExitStack() as stack:
            stack.callback(self._try.let_go)
            client = stack.enter_context(self._client(location.scheme))
            content, files = None, None
            if file is not None:
                stream = stack.enter_context(UploadFile(file, self._try))
                content = None if form_name else stream
                files = {"file": (form_name, stream, _TYPE)} if form_name else None
            yield stack.enter_context(
                client.stream(
                    method,
                    location.url,
                    headers={**_HEADERS, **headers, **_credentials(location)},
                    content=content,
                    files=files,
                    extensions={"trace": self._trace},
                )
            )

    def _client(self, scheme: str) -> httpx.Client:
        config = self._config
        # Loading the CAs of the system takes 20 ms and more memory than a transfer.
        trusted = tls_context(config.ca_file) if scheme == "https" else _trusting_nobody()
        return httpx.Client(
            verify=trusted,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(config.read_timeout_s, connect=config.connect_timeout_s),
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def _trace(self, name: str, info: Mapping[str, object]) -> None:
        """Told of every step; the connection is there before anything is sent over it."""
        if name == "connection.connect_tcp.complete":
            stream = cast(_Stream, info["return_value"])
            try:
                self._try.take(stream.get_extra_info("socket"))
            except TryFailed:
                stream.close()
                raise


def _is_going_on(answer: httpx.Response, part: Part) -> bool:
    """Whether this answers the question for the rest: with the rest, or with the whole file.

    416 and the rest of another file mean to ask again for the whole; a 206 is believed only when
    all that it says fits what is known.
    """
    if answer.status_code != _PARTIAL or part.kept is None:
        return answer.status_code != _NOT_SATISFIABLE
    found = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
    if found is None or int(found[1]) != part.kept.size:
        return False
    is_same_size = part.kept.total is None or found[2] in ("*", str(part.kept.total))
    return is_same_size and _validator(answer) in ("", part.kept.validator)


def _validator(answer: httpx.Response) -> str:
    """What ``If-Range`` may hold: a strong ETag, else the time of the last change."""
    tag = str(answer.headers.get("etag", ""))
    if tag.startswith('"'):
        return tag
    return str(answer.headers.get("last-modified", ""))


def _total(answer: httpx.Response, offset: int) -> int | None:
    """Length of the whole file; h11 has checked that Content-Length is a number."""
    found = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
    if answer.status_code == _PARTIAL and found is not None and found[2] != "*":
        return int(found[2])
    length = answer.headers.get("content-length")
    is_counted = length is not None and "transfer-encoding" not in answer.headers
    return offset + int(length) if is_counted else None


def _credentials(location: Location) -> Mapping[str, str]:
    if location.user is None:
        return {}
    token = b64encode(f"{location.user}:{location.password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {token}"}


def _trusting_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
