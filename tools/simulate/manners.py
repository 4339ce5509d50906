"""Bad manners of a central system: what may spoil an answer, and frames that are no answer.

``error`` answers with CALLERROR and ``deaf`` not at all, and neither has taken the CALL. The others
have: ``silent`` does not answer, ``late`` answers when the station has given up, ``slow`` just in
time, ``hang up`` closes the connection instead, ``garbage`` sends that first, ``unusable`` sends an
answer that breaks its schema.
"""

from typing import Final

MANNERS: Final = ("error", "silent", "deaf", "late", "slow", "hang up", "garbage", "unusable")

UNUSABLE: Final = {"transactionId": "x", "status": 7}

GARBAGE: Final = (
    "",
    "[]",
    "[3]",
    "not json",
    '[2,"x"]',
    '[3,"nobody",{}]',
    '[4,"nobody","InternalError","",{}]',
    '{"a":1}',
    '[2,"dup","Reset",{"type":"Soft","type":"Hard"}]',
    '[2,"bad","Reset",{"type":"Medium"}]',
    '[2,"who","NoSuchAction",{}]',
    "[" * 3000,
    '[2,"nan","ChangeConfiguration",{"key":"a","value":NaN}]',
    b"\x00\x01binary",
    "[3," + "9" * 5000 + ",{}]",
)

GARBAGE_IDS: Final = frozenset({"", "-1", "x", "dup", "bad", "who", "nan"})
"""Ids under which the station refuses these, or says that it cannot tell the id."""
