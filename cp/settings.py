"""The station file: TOML text in, frozen ``Settings`` out, or every mistake at once.

Theory of operation: the file is read table by table against what is known there; a profile gives
the product's identity and the limits of its configuration keys. Nothing is opened here: texts come
from ``cp.__main__``. A value of ``[ocpp]`` is a factory value; what the journal holds wins.
"""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Final
from urllib.parse import quote, urlsplit

from cp.domain.configuration import factory_values
from cp.driver_choice import KINDS, OPENEVSE, read_choice
from cp.profiles import IDENTITY_LENGTHS, Profile, read_profile
from cp.profiles.tables import Document, nearest
from cp.vocabulary.context import Product
from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.keys import KeyTable, KeyValues
from cp.vocabulary.lean import dataclass

_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "station": ("id", "profile", *IDENTITY_LENGTHS),
    "csms": ("url", "reconnect_max_s", "ca_file", "password_file"),
    "storage": ("dir",),
    "ocpp": (),
    "drivers": ("set", *KINDS),
    **dict.fromkeys((*KINDS, OPENEVSE), ()),
    "firmware": (),
    "transfer": (),
    "bench": ("host", "port", "cars", "time_scale"),
}

DEFAULT_PROFILE: Final = "imkev7"
DEFAULT_STORAGE_DIR: Final = "/var/lib/statecharge"


@dataclass(frozen=True, slots=True)
class BenchCar:
    """An EV that is plugged in when power comes on; ``is_ready``: it asks for energy."""

    connector_id: int
    is_ready: bool


@dataclass(frozen=True, slots=True)
class BenchSettings:
    """The simulated hardware.

    ``cars``       None: as they were when power went off; else these, whatever was before.
    ``port``       TCP port of the JSON lines; 0: the system chooses.
    ``time_scale`` how much faster than real time charts and physics run.
    """

    host: str = "127.0.0.1"
    port: int = 9100
    cars: tuple[BenchCar, ...] | None = None
    time_scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the station file and the profile say.

    ``identity``        fields of BootNotification by the names of the station file.
    ``csms_url``        endpoint without the identity.
    ``reconnect_max_s`` upper bound of the back-off, seconds (``ocppj.md`` 1).
    ``ca_file``         CAs that ``wss://`` trusts instead of the system's; None: the system's.
    ``password_file``   holds the password of HTTP Basic; None: no credentials are sent.
    ``keys``            the product's configuration keys and limits; ``factory_values`` theirs.
    ``drivers``         port to the driver behind it (``cp.driver_choice``).
    ``tables``          the whole file, for the drivers: each reads its own (``cp.driver_tables``).
    """

    station_id: str
    profile: Profile
    identity: Mapping[str, str]
    csms_url: str
    reconnect_max_s: float
    ca_file: str | None
    password_file: str | None
    storage_dir: str
    factory_values: KeyValues
    drivers: Mapping[str, str]
    bench: BenchSettings
    tables: Document

    @property
    def keys(self) -> KeyTable:
        """The product's configuration keys with its limits."""
        return self.profile.keys


def read_settings(text: str, file: str, profiles: Mapping[str, str]) -> Settings:
    """The settings of a station file.

    ``file`` is its name for findings, ``profiles`` the profiles' texts by name. Raises
    SettingsError with every finding.
    """
    settings, findings = look_at_settings(text, file, profiles)
    if settings is None or findings:
        raise SettingsError(findings)
    return settings


def look_at_settings(
    text: str, file: str, profiles: Mapping[str, str]
) -> tuple[Settings | None, tuple[Finding, ...]]:
    """The same, and every finding: what is wrong has its default, and is ``tables.wrong``. None
    when the text is no TOML.
    """
    document = Document(text, file)
    if document.findings:
        return None, tuple(document.findings)
    document.check_tables(_TABLES)
    for name, known in _TABLES.items():
        document.table(name, known or None)
    profile = _read_profile(document, profiles)
    url = _read_url(document)
    settings = Settings(
        station_id=_required(document, "station", "id"),
        profile=profile,
        identity={
            field: document.text("station", field, profile.identity[field], longest)
            for field, longest in IDENTITY_LENGTHS.items()
        },
        csms_url=url,
        reconnect_max_s=document.number("csms", "reconnect_max_s", 300.0, 1, 86400),
        ca_file=_read_ca_file(document, url),
        password_file=_read_path(document, "password_file"),
        storage_dir=document.text("storage", "dir", DEFAULT_STORAGE_DIR, 4096),
        factory_values=_read_keys(document, profile.keys),
        drivers=read_choice(document),
        bench=_read_bench(document),
        tables=document,
    )
    return settings, tuple(sorted(document.findings))


def product_of(settings: Settings) -> Product:
    """What charts may know of this product."""
    return Product(
        url=station_url(settings),
        station_id=settings.station_id,
        offered_a=settings.profile.offered_a,
        link_retry_max_s=settings.reconnect_max_s,
        time_scale=settings.bench.time_scale,
        is_board_restarted=settings.tables.table("firmware").get("kind", "folders") != "folders",
        **settings.identity,
    )


def station_url(settings: Settings) -> str:
    """The endpoint, a slash and the identity, percent-encoded (``ocppj.md`` 1)."""
    return f"{settings.csms_url.rstrip('/')}/{quote(settings.station_id, safe='')}"


def _required(document: Document, table: str, key: str) -> str:
    if key not in document.table(table):
        where = "is missing" if table in document.tables else f"is missing, and [{table}] with it"
        document.find(table, "", f"{key} of [{table}] {where}")
        return ""
    return document.text(table, key, "")


def _read_profile(document: Document, profiles: Mapping[str, str]) -> Profile:
    name = document.text("station", "profile", DEFAULT_PROFILE)
    if name not in profiles:
        message = f"unknown profile {name!r}; {nearest(name, profiles)}"
        document.find("station", "profile", message)
        return read_profile(name, "")[0]
    profile, findings = read_profile(name, profiles[name])
    document.findings.extend(findings)
    return profile


def _read_url(document: Document) -> str:
    """A finding never repeats the URL: it may hold a password."""
    url = _required(document, "csms", "url")
    if not url:
        return url
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        document.find("csms", "url", "url: host or port is not valid")
        return url
    if parts.scheme not in ("ws", "wss") or not has_host:
        document.find("csms", "url", "url is ws://HOST[:PORT][/PATH] or wss://..., with a host")
    if parts.username is not None or parts.password is not None:
        document.find("csms", "url", "url: user and password have no place in it")
    if "?" in url or "#" in url or any(character.isspace() for character in url):
        document.find("csms", "url", "url ends with its path: no blank, query or fragment")
    return url


def _read_ca_file(document: Document, url: str) -> str | None:
    """With ``ws://`` it would promise a verification that nobody makes."""
    path = _read_path(document, "ca_file")
    if path is not None and url and url[:4].lower() != "wss:":
        document.find("csms", "ca_file", "ca_file is for wss://; take it out, or change the url")
    return path


def _read_path(document: Document, key: str) -> str | None:
    """A file of ``[csms]``; a relative path is beside the station file."""
    path = document.text("csms", key, "", 4096)
    return str(PurePath(document.file).parent / path) if path else None


def _read_keys(document: Document, keys: KeyTable) -> KeyValues:
    given = document.table("ocpp")
    lines = {name: document.line("ocpp", name) for name in given}
    values, findings = factory_values(keys, given, document.file, lines)
    document.findings.extend(findings)
    return values


def _read_bench(document: Document) -> BenchSettings:
    return BenchSettings(
        host=document.text("bench", "host", "127.0.0.1"),
        port=int(document.number("bench", "port", 9100, 0, 65535)),
        cars=_read_cars(document),
        time_scale=document.number("bench", "time_scale", 1.0, 0.001, 1000),
    )


def _read_cars(document: Document) -> tuple[BenchCar, ...] | None:
    cars = document.table("bench").get("cars")
    if cars is None:
        return None
    if not isinstance(cars, list):
        cars = [cars]
    if len(cars) > 1:
        document.find("bench", "cars", "cars: there is one connector, for one car")
    return tuple(_read_car(document, car) for car in cars)


def _read_car(document: Document, car: object) -> BenchCar:
    known = ("connector", "ev_ready")
    if not isinstance(car, Mapping):
        car = {"connector": None}
    for key in car:
        if key not in known:
            document.find("bench", "cars", f"unknown key {key!r} in cars; {nearest(key, known)}")
    connector_id, is_ready = car.get("connector"), car.get("ev_ready", False)
    # type(), since true is an int to Python
    if type(connector_id) is not int or connector_id != 1 or not isinstance(is_ready, bool):
        message = "cars: each is { connector = 1, ev_ready = true } or false"
        document.find("bench", "cars", message)
    return BenchCar(1, is_ready is True)
