"""Virtual time: event loops whose clock jumps to the next timer when nothing is ready.

Theory of operation: each loop is asyncio's own with a selector that waits for nothing. When a loop
has nothing left to do, the time becomes that of its next timer, unless another loop is to run
before: then it stops, and ``VirtualTime.run`` continues the other one. A job for an executor takes
a drawn time and runs in the loop's own thread.
"""

import asyncio
import contextlib
import math
import selectors
from collections.abc import Callable, Mapping
from contextvars import Context
from typing import Any, Final, TypeVar

T = TypeVar("T")

_NEVER: Final = math.inf
_STEP_S: Final = 1e-6
"""What a round of a loop takes: time that stood still would not reach what is due next to now."""


class Cut(KeyboardInterrupt):
    """Ends a loop in the middle of whatever it does; asyncio lets no other exception through."""


class StuckError(RuntimeError):
    """No loop has anything to do, ever again: a wake-up was lost."""


class _NoSelector(selectors.BaseSelector):
    """Nothing ever becomes readable; asking for how long to wait is what makes time pass."""

    def __init__(self) -> None:
        self._keys: dict[Any, selectors.SelectorKey] = {}
        self.pass_time: Callable[[float | None], None] = lambda _timeout_s: None

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = selectors.SelectorKey(fileobj, 0, events, data)
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.pass_time(timeout)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop on virtual time. ``work_s`` draws how long the next job of an executor takes."""

    def __init__(self, time: "VirtualTime", work_s: Callable[[], float] = lambda: 0.0) -> None:
        selector = _NoSelector()
        super().__init__(selector)
        selector.pass_time = self._pass_time
        self._virtual = time
        self._work_s = work_s
        self._worker_free_s = 0.0
        self._calls_left = 0
        self.wakes_at_s = time.now_s
        time.add(self)

    def time(self) -> float:
        """Seconds of virtual time."""
        return self._virtual.now_s

    def call_from_outside(
        self, delay_s: float, callback: Callable[..., object], *args: object
    ) -> None:
        """Call from another loop, or from none; a loop that was buried does not hear it."""
        if self.is_closed():
            return
        when_s = self._virtual.now_s + delay_s
        self.call_at(when_s, callback, *args)
        self.wakes_at_s = min(self.wakes_at_s, when_s)

    def run_in_executor(
        self, executor: object, func: Callable[..., T], *args: object
    ) -> asyncio.Future[T]:
        """One worker, whose jobs happen one after the other, each at one instant."""
        future: asyncio.Future[T] = self.create_future()
        self._worker_free_s = max(self.time(), self._worker_free_s + _STEP_S) + self._work_s()
        self.call_at(self._worker_free_s, self._work, future, func, args)
        return future

    def _work(
        self, future: asyncio.Future[T], func: Callable[..., T], args: tuple[object, ...]
    ) -> None:
        if future.cancelled():
            return
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)

    # ---- a power cut -----------------------------------------------------------------------------

    def cut_after(self, calls: int) -> None:
        """Raise ``Cut`` when so many more callbacks have been ordered."""
        self._calls_left = calls
        self.__dict__["call_soon"] = self._counted_call_soon

    def _counted_call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        if self._calls_left == 0:
            self.leave()
            raise Cut
        self._calls_left -= 1
        return super().call_soon(callback, *args, context=context)

    def cut_never(self) -> None:
        """A cut that was ordered and has not come yet does not come."""
        self.__dict__.pop("call_soon", None)

    def leave(self) -> None:
        """Never run again."""
        self.cut_never()
        self._virtual.remove(self)

    # ---- time ------------------------------------------------------------------------------------

    def _pass_time(self, timeout_s: float | None) -> None:
        now_s = self._virtual.now_s
        if timeout_s == 0:
            self._virtual.now_s = now_s + _STEP_S
            return
        due_s = _NEVER if timeout_s is None else now_s + max(timeout_s, _STEP_S)
        if timeout_s is not None and due_s <= self._virtual.limit_s(self):
            self._virtual.now_s = due_s
        else:
            self.wakes_at_s = due_s
            self.stop()


class VirtualTime:
    """``now_s`` seconds since the world began, and the loops that live in it."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._loops: list[VirtualLoop] = []

    def add(self, loop: VirtualLoop) -> None:
        """This loop runs from now on."""
        self._loops.append(loop)

    def remove(self, loop: VirtualLoop) -> None:
        """This loop has ended."""
        if loop in self._loops:
            self._loops.remove(loop)

    def limit_s(self, running: VirtualLoop) -> float:
        """When another loop is to run."""
        return min((loop.wakes_at_s for loop in self._loops if loop is not running), default=_NEVER)

    def run(self, is_done: Callable[[], bool], on_cut: Callable[[], None]) -> None:
        """Run all loops, the earliest first. ``on_cut`` when one has cut itself off.

        Raises StuckError.
        """
        while not is_done():
            loop = min(self._loops, key=lambda item: item.wakes_at_s)
            if loop.wakes_at_s == _NEVER:
                raise StuckError("nothing has anything to do any more")
            self.now_s = max(self.now_s, loop.wakes_at_s)
            loop.wakes_at_s = _NEVER
            try:
                loop.run_forever()
            except Cut:
                on_cut()


def bury(loop: VirtualLoop) -> None:
    """End a loop without letting anything in it go on; what its coroutines say to that is not
    heard."""
    loop.leave()
    loop.set_exception_handler(lambda _loop, _context: None)
    for task in sorted(asyncio.all_tasks(loop), key=lambda item: item.get_name()):
        coroutine = task.get_coro()
        with contextlib.suppress(RuntimeError):
            if coroutine is not None:
                coroutine.close()
    loop.close()
