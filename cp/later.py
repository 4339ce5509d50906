"""Modules that a library imports at its top and hardly ever uses: loaded when they are used.

Theory of operation: websockets imports ``importlib.metadata`` only to learn the version of a copy
that was never released, and ``urllib.request`` to find a proxy, which we never use. With e-mail,
HTTP, zip and csv behind them that costs a start 7 ms and the station 2 MiB. A placeholder stands
in ``sys.modules`` and gives way to the module when the first name of it is wanted.
(``importlib.util.LazyLoader`` does not help: an import looks for ``__spec__``, and that loads it.)
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Final

_HARDLY_USED: Final = ("importlib.metadata", "urllib.request")


class _Placeholder(ModuleType):
    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def put_off() -> None:
    """Load these when they are used, unless they were loaded before."""
    for name in _HARDLY_USED:
        if name not in sys.modules:
            package, _, inner = name.rpartition(".")
            sys.modules[name] = placeholder = _Placeholder(name)
            setattr(import_module(package), inner, placeholder)
