"""Commands of the bench interface: what is understood and what is said about the rest."""

import json

import pytest
from hypothesis import given, settings, strategies as st

from cp.vocabulary.words import ChargePointErrorCode
from drivers.bench.commands import Command, CommandError, read_command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ('{"cmd":"plug_in","connector":1}', Command("plug_in")),
        ('{"cmd":"plug_out"}', Command("plug_out")),
        ('{"cmd":"ev_ready","connector":1,"on":true}', Command("ev_ready", is_on=True)),
        ('{"cmd":"swipe","token":"DEADBEEF"}', Command("swipe", token="DEADBEEF")),
        (
            '{"cmd":"fault","connector":0,"code":"GroundFailure"}',
            Command("fault", connector=0, code=ChargePointErrorCode.GROUND_FAILURE),
        ),
        ('{"cmd":"emergency_stop","on":true}', Command("emergency_stop", is_on=True)),
        ('{"cmd":"set_power","connector":1,"watts":3600}', Command("set_power", value=3600)),
        ('{"cmd":"set_register","connector":1,"wh":12345}', Command("set_register", value=12345)),
        ('{"cmd":"contactor","mode":"stuck_open"}', Command("contactor", mode="stuck_open")),
        ('{"cmd":"meter","mode":"backward"}', Command("meter", mode="backward")),
        ('{"cmd":"reader","mode":"failed"}', Command("reader", mode="failed")),
        ('{"cmd":"link","up":false}', Command("link", is_on=False)),
        ('{"cmd":"clock","offset_s":-3600.5}', Command("clock", value=-3600.5)),
        ('{"cmd":"storage","mode":"full"}', Command("storage", mode="full")),
        ('{"cmd":"state"}', Command("state")),
        ('{"cmd":"power_cut"}', Command("power_cut")),
    ],
)
def test_understood(line: str, command: Command) -> None:
    assert read_command(line.encode()) == command


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("plug_in", "no JSON"),
        ("[" * 60000, "no JSON"),
        ('["state"]', 'a text "cmd"'),
        ('{"cmd":1}', 'a text "cmd"'),
        ('{"cmd":"plugin"}', 'unknown command "plugin", did you mean "plug_in"?'),
        ('{"cmd":"plugin"}', "(known: plug_in, plug_out, ev_ready, swipe, fault, clear_fault, "),
        ('{"cmd":"zzz"}', 'unknown command "zzz" (known: plug_in,'),
        ('{"cmd":"state","verbose":true}', 'state has no field "verbose"'),
        ('{"cmd":"plug_in","conector":1}', 'no field "conector", did you mean "connector"?'),
        ('{"cmd":"swipe"}', 'swipe needs the field "token"'),
        ('{"cmd":"swipe","token":""}', "1 to 20 characters"),
        ('{"cmd":"swipe","token":"123456789012345678901"}', "1 to 20 characters"),
        ('{"cmd":"plug_in","connector":2}', "connector must be 1, not 2"),
        ('{"cmd":"plug_in","connector":true}', "connector must be 1, not true"),
        ('{"cmd":"fault","connector":2,"code":"OtherError"}', "must be 0 or 1, not 2"),
        ('{"cmd":"fault","code":"GroundFault"}', 'did you mean "GroundFailure"?'),
        ('{"cmd":"fault","code":"NoError"}', 'does not know "NoError"'),
        ('{"cmd":"meter","mode":"failed"}', 'meter does not know "failed"'),
        ('{"cmd":"meter","mode":3}', "expected one of normal, silent, stuck, backward"),
        ('{"cmd":"ev_ready","on":1}', "expected true or false, not 1"),
        ('{"cmd":"set_power","watts":-1}', "0 to 1000000"),
        ('{"cmd":"set_power","watts":NaN}', "expected a number"),
        ('{"cmd":"set_power","watts":"1"}', "expected a number"),
        ('{"cmd":"set_register","wh":1.5}', "whole number"),
        ('{"cmd":"set_register","wh":-1}', "whole number"),
        ('{"cmd":"clock","offset_s":1e300}', "at most"),
    ],
)
def test_refused(line: str, part: str) -> None:
    with pytest.raises(CommandError) as caught:
        read_command(line.encode())
    assert part in str(caught.value)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(line: bytes) -> None:
    with pytest.raises(CommandError):
        read_command(line)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(["swipe", "set_power", "set_register", "clock", "fault", "meter", "link"]),
    st.dictionaries(
        st.sampled_from(["connector", "token", "watts", "wh", "offset_s", "code", "mode", "up"]),
        JSON_VALUES,
    ),
)
def test_no_values_raise_anything_else(name: str, fields: dict[str, object]) -> None:
    try:
        assert read_command(json.dumps({"cmd": name, **fields}).encode()).name == name
    except CommandError as error:
        assert str(error)
