"""Records about energy: samples and the durable record of one transaction."""

from cp.vocabulary.instants import Stamp
from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import ReadingContext


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading of the register, in Wh, with the reason why it was taken (``S 7.37``)."""

    stamp: Stamp
    register_wh: int
    context: ReadingContext


@dataclass(frozen=True, slots=True)
class TransactionRecord:
    """What must be known of an open transaction after a power cut.

    ``uid``            our own name of the transaction, unique over all boots.
    ``id_tag``         the id that started it; ``parent_id_tag`` its group, if the server told one.
    ``started``        when and at which register reading (Wh) it started.
    ``checkpoint``     last durable reading; meterStop when the meter dies with the power.
    ``transaction_id`` the server's id; None while it is not known (``E 6.46``: any integer is one).
    """

    uid: str
    connector_id: int
    id_tag: str
    parent_id_tag: str | None
    started: Sample
    checkpoint: Sample
    transaction_id: int | None = None
