"""Deterministic simulation: years of a station's life on a virtual clock, drawn from a seed.

Theory of operation: the real daemon, the real WebSocket client and server and the real SQLite run
in one thread on two event loops, the station's and the world's, whose time jumps to the next timer
(``clock``). Between them are transports in memory (``network``); hardware that outlives the process
is in ``outlet``, the ports over it in ``devices`` and ``jobs``, the disk in ``disk``. A power cut
is a station's loop that never runs again (``station``). The world is people and their EVs
(``people``), a central system (``central``, ``operator``) and trouble (``trouble``); each seed
draws which kinds of trouble there are. The ``ledger`` knows what really happened. ``checks`` looks
at every turn, and so do its watchers: ``outlook`` (what the station takes its outlet for, and says
of it), ``reasons`` (why transactions begin and end), ``answers`` and ``promises`` (what it answers
and then does), ``tries`` (messages that are given up by the book); ``settled`` knows what excuses
it. In the end all is healed, the station must work everything off and charge once more, and the
``audit`` compares the central system's books with the ledger, Wh for Wh, with ``cadence`` for the
times of samples and ``notices`` for the statuses of updates and uploads.

How much of this the checks see is measured: ``python -m tools.mutate --simulation 100``.

One seed is one world: the same seed gives the same transcript and the same books, and so the same
digest, on every machine. Numbers are drawn without logarithms, whose last bit differs.
"""
