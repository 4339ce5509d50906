"""What a timer's key is worth: product constants and the factory values of configuration keys."""

from cp.chart.document import TransitionDocument
from cp.vocabulary.constants import CONSTANTS
from cp.vocabulary.keys import GENERIC


def timer_value(transition: TransitionDocument) -> str:
    """``= 0.5 s`` of a constant, ``default 60 s`` of a key, empty when the behavior computes it."""
    key = transition.timer_key
    if key in CONSTANTS:
        return f"= {CONSTANTS[key]:g} s"
    spec = GENERIC.find(key) if key else None
    if spec is None:
        return ""
    is_off = spec.is_zero_allowed and spec.default == "0"
    return f"default {spec.default} {spec.unit}{' (off)' if is_off else ''}"
