"""Deterministic simulation: years of a station's life on a virtual clock, drawn from a seed.

Theory of operation: the real daemon, the real WebSocket client and server and the real SQLite run
in one thread on two event loops, the station's and the world's, whose time jumps to the next timer
(``clock``). Between them are transports in memory (``network``); hardware that outlives the process
is in ``outlet``, the ports over it in ``devices`` and ``jobs``, the disk in ``disk``. A power cut
is a station's loop that never runs again (``station``). The world is people and their EVs
(``people``), a central system (``central``, ``operator``) and trouble (``trouble``); each seed
draws which kinds of trouble there are. The ``ledger`` knows what really happened, ``checks`` looks
after every turn, and in the end all is healed, the station must work everything off and charge once
more, and the ``audit`` compares the central system's books with the ledger, Wh for Wh.

One seed is one world: the same seed gives the same transcript and the same books, and so the same
digest, on every machine. Numbers are drawn without logarithms, whose last bit differs.
"""
