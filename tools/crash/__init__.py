"""Crash consistency of the real process: the power goes at any system call of a scripted day.

Theory of operation: ``day`` lets a station live through visits online and offline, orders of the
central system and a power cut, under strace. ``trace`` reads what the process did to its files and
what it said; ``disk`` knows what may be on the disk after each call when the power goes there
(nothing of what was not synced, all of it, any part of it, torn at 512 bytes; names of files behind
or ahead of their content). ``told`` keeps what the world had been told by then. Of each state
``oracle`` starts a station: what was told has to be there. ``station`` is the program of the day,
and the wrong ones that have to be caught in every run.
"""
