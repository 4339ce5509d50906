"""CALLs of the central system whose answer depends on no machine.

Theory of operation: a pure function from the routes, the keys in force and a decoded CALL to the
effects that answer it. A CALL that a chart decides becomes its event instead.
"""

from collections.abc import Mapping

from cp.chart import Routes
from cp.domain.configuration import TooManyKeys, change_configuration, get_configuration
from cp.house import House
from cp.vocabulary.effects import Effect, Reply, ReplyError, SetKey, Tell
from cp.vocabulary.events import Event
from cp.vocabulary.keys import KeyValues
from cp.vocabulary.words import Action, CallErrorCode, ConfigurationStatus


def effects_of_call(
    house: House, keys: KeyValues, call_id: str, action_name: str, payload: object
) -> tuple[Effect, ...]:
    """What a CALL of the central system asks for: its answer, or the event of its chart."""
    # What reads a CALL is imported with the first one, after BootNotification has left.
    from cp.ocppj.inbound import CheckedCall, RefusedCall, UnreadCall, read_call

    call = read_call(call_id, action_name, payload)
    match call:
        case RefusedCall():
            return (ReplyError(call_id, call.error_code, call.description),)
        case CheckedCall():
            return _answer(house, keys, call_id, call.action, call.payload)
        case UnreadCall():
            return _answer(house, keys, call_id, call.action, {})
        case Event():
            return _tell(house, keys, call_id, Action(action_name), call)


def refusal_of(routes: Routes, event: Event) -> Mapping[str, object]:
    """The answer when the machine that decides takes no transition."""
    route = routes.call_of(event)
    return {} if route is None or route.refusal is None else route.refusal


def _tell(
    house: House, keys: KeyValues, call_id: str, action: Action, event: Event
) -> tuple[Effect, ...]:
    """A CALL that a chart decides, unless the routes answer the whole action."""
    if house.routes.calls[action].event:
        return (Tell(event),)
    return _answer(house, keys, call_id, action, {})


def _answer(
    house: House, keys: KeyValues, call_id: str, action: Action, payload: Mapping[str, object]
) -> tuple[Effect, ...]:
    route = house.routes.calls.get(action)
    if route is None:
        code = CallErrorCode.NOT_SUPPORTED
        return (ReplyError(call_id, code, "not an action of a central system"),)
    if route.error is not None:
        return (ReplyError(call_id, route.error, f"{action} is not supported"),)
    if route.answer is not None:
        return (Reply(call_id, route.answer),)
    if route.domain == "change_configuration":
        return _change_key(house, keys, call_id, payload)
    answer = get_configuration(house.table, keys, payload)
    if isinstance(answer, TooManyKeys):
        return (ReplyError(call_id, answer.error_code, answer.description),)
    return (Reply(call_id, answer),)


def _change_key(
    house: House, keys: KeyValues, call_id: str, payload: Mapping[str, object]
) -> tuple[Effect, ...]:
    name, value = str(payload["key"]), str(payload["value"])
    status, values = change_configuration(house.table, keys, name, value)
    reply = Reply(call_id, {"status": status})
    spec = house.table.find(name)
    if status is ConfigurationStatus.ACCEPTED and spec is not None:
        return (reply, SetKey(spec.name, values.text(spec.name)))
    return (reply,)
