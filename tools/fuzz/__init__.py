"""Fuzzing: bytes from outside, of any kind, at every reader that the station has.

Theory of operation: a target takes bytes and raises when a reader does what it must not: let an
exception out that is none of its own, change what must not change, or answer what is no answer.
``engine`` runs one target under atheris, guided by the coverage of the code; ``variation`` is what
runs in every test: the committed inputs, and seeded changes of them, without guidance. Inputs lie
in ``tests/fuzz/corpus``, a folder for each target.
"""
