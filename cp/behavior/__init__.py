"""One class per chart, same file stem as the chart: the names that the charts use.

Theory of operation: a chart decides; its class says what an action does, what a guard asks and how
long a duration is. Methods are small and touch nothing but their own fields, the facts they own
and the list of effects (``base.py``). No I/O, no clock, no ``await``, no branching on state: an
``if`` here is about data, never about which state a machine is in.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cp.behavior.authorization import Authorization
from cp.behavior.availability import Availability
from cp.behavior.charge_point import ChargePoint
from cp.behavior.connector import Connector
from cp.behavior.contactor import Contactor
from cp.behavior.delivery import Delivery
from cp.behavior.diagnostics import Diagnostics
from cp.behavior.feedback import Feedback
from cp.behavior.firmware import Firmware
from cp.behavior.health import Health
from cp.behavior.link import Link
from cp.behavior.progress import Progress
from cp.behavior.queue import Queue
from cp.behavior.reporting import Reporting
from cp.behavior.station import Station
from cp.behavior.transaction import Transaction
from cp.behavior.vehicle import Vehicle

BEHAVIORS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "authorization": Authorization,
        "availability": Availability,
        "charge_point": ChargePoint,
        "connector": Connector,
        "contactor": Contactor,
        "delivery": Delivery,
        "diagnostics": Diagnostics,
        "feedback": Feedback,
        "firmware": Firmware,
        "health": Health,
        "link": Link,
        "progress": Progress,
        "queue": Queue,
        "reporting": Reporting,
        "station": Station,
        "transaction": Transaction,
        "vehicle": Vehicle,
    }
)
"""The class of each chart."""
