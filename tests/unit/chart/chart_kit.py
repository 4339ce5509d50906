"""What the chart room's tests share: a context, a lamp-like chart, and a way to read texts."""

from dataclasses import replace

from cp.behavior.base import Behavior
from cp.chart import Chart, ChartDocument, read_chart
from cp.vocabulary.context import Context, Product
from cp.vocabulary.effects import OfferCurrent, ShowRefusal, WithdrawCurrent
from cp.vocabulary.events import Event, Plugged
from cp.vocabulary.facts import Facts
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import KeyValues
from cp.vocabulary.lean import dataclass

FILE = "charts/outlet.toml"
KEYS = KeyValues(
    (("ConnectionTimeOut", "60"), ("HeartbeatInterval", "300"), ("MeterValueSampleInterval", "0"))
)

OUTLET = """\
name = "outlet"
doc = "A chart with everything that a chart may have."

[states.idle]
transitions = [
  { event = "card_presented", on = "refuse" },
  { event = "error_raised", target = "broken" },
]

[states.available]
in = "idle"
status = "Available"
enter = "count"
exit = "count"
transitions = [
  { event = "plugged", cond = "is_online and not is_full", target = "offering", on = TWICE },
  { event = "plugged", target = "waiting" },
]

[states.waiting]
in = "idle"
status = "Preparing"
transitions = [
  { after = "ConnectionTimeOut", cond = "In('waiting') and is_full", on = "refuse" },
  { after = "ConnectionTimeOut", target = "available" },
  { event = "unplugged", target = "idle" },
]

[states.offering]
status = "Charging"
enter = "offer"
exit = "withdraw"
transitions = [
  { every = "HeartbeatInterval", on = "count" },
  { every = "MeterValueSampleInterval", on = "count" },
  { event = "unplugged", target = "available" },
]

[states.charging]
in = "offering"
transitions = [
  { event = "ev_paused", target = "paused" },
  { event = "card_presented", target = "charging", on = "count" },
]

[states.paused]
in = "offering"
status = "SuspendedEV"
transitions = [
  { after = "rest_s", target = "charging" },
]

[states.broken]
status = "Faulted"
final = true
""".replace("TWICE", '["count", "count"]')


@dataclass(frozen=True, slots=True)
class OutletFields:
    count: int = 0
    instant_s: float | None = None


class Outlet(Behavior[OutletFields]):
    Fields = OutletFields

    def is_full(self) -> bool:
        return self._fields.count > 8

    def count(self) -> None:
        self._set(count=self._fields.count + 1)

    def refuse(self) -> None:
        self._emit(ShowRefusal())

    def offer(self) -> None:
        self._emit(OfferCurrent(self._connector_id))

    def withdraw(self) -> None:
        self._emit(WithdrawCurrent(self._connector_id))

    def rest_s(self) -> float | None:
        return float(self._fields.count)


def context(event: Event | None = None, at_s: float = 0.0, **facts: bool) -> Context:
    now = Now(at_s, None, boot=1)
    return Context(event or Plugged(), now, Facts(**facts), KEYS, Product())


def with_utc(base: Context, utc_s: float | None) -> Context:
    return replace(base, now=replace(base.now, utc_s=utc_s))


def document(text: str, file: str = FILE) -> ChartDocument:
    found, findings = read_chart(text, file)
    assert found is not None
    assert findings == ()
    return found


def outlet() -> Chart:
    return Chart(document(OUTLET), Outlet)
