"""What this product answers to the questions that the certificate's rows ask.

Theory of operation: a question is a path, its answer is computed: from the key table of the
profile, from the hardware that the profile declares, from the routes of the CALLs.
"""

from cp.chart import CallRoute, Routes
from cp.domain.configuration import accepted_text
from cp.profiles import IDENTITY_LENGTHS, Profile
from cp.vocabulary.keys import KeySpec
from cp.vocabulary.words import Action


def answer(path: str, profile: Profile, routes: Routes) -> str:
    """The answer to ``keys.NAME``, ``keys.NAME.access``, ``.default``, ``.accepts``,
    ``hardware.NAME``, ``calls.ACTION`` or ``identity``. Raises KeyError, ValueError for any other
    question."""
    kind, _, rest = path.partition(".")
    match kind:
        case "keys":
            name, _, part = rest.partition(".")
            spec = profile.keys.find(name)
            if spec is None:
                return "absent"
            return _of_key(spec)[part]
        case "hardware":
            return str(profile.hardware[rest]).replace("True", "true").replace("False", "false")
        case "calls":
            return _of_call(routes.calls[Action(rest)])
        case "identity":
            return ", ".join(IDENTITY_LENGTHS)
    raise KeyError(path)


def _of_key(spec: KeySpec) -> dict[str, str]:
    return {
        "": "present",
        "access": "R" if spec.is_readonly else "RW",
        "default": spec.default,
        "accepts": "nothing" if spec.is_readonly else accepted_text(spec),
    }


def _of_call(route: CallRoute) -> str:
    if route.event:
        return f"decided by {route.decides}"
    if route.error is not None:
        return f"CALLERROR {route.error}"
    if route.answer is not None:
        return ", ".join(f"{name} {value}" for name, value in route.answer.items())
    return f"by rule {route.domain}"
