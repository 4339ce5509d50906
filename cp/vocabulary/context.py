"""What a step may see: the arguments of the pure function that a step is."""

from cp.vocabulary.events import Event
from cp.vocabulary.facts import Facts
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import KeyValues
from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """What the station file and the profile say about this station, as far as charts need it.

    ``url`` is the server's address with the identity ``station_id``; ``offered_a`` the current of
    the pilot. ``is_board_restarted``: another firmware slot takes a restart of the board.
    """

    url: str = "ws://127.0.0.1/"
    station_id: str = "CP001"
    vendor: str = "Statecharge"
    model: str = "Bench"
    serial: str = ""
    firmware_version: str = ""
    meter_type: str = ""
    meter_serial: str = ""
    offered_a: int = 32
    link_retry_max_s: float = 300.0
    time_scale: float = 1.0
    is_board_restarted: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """Event, time, facts, keys and product of one step; ``chance`` is in [0, 1), drawn outside."""

    event: Event
    now: Now
    facts: Facts
    keys: KeyValues
    product: Product
    chance: float = 0.5
