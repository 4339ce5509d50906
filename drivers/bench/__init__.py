"""The bench: one simulated outlet with EV, contactor, meter and card reader, on a TCP interface.

Theory of operation: ``world`` is the physics with explicit time; ``rig`` gives it a clock, a memory
and the port objects of ``devices``; ``commands`` and ``interface`` are the public JSON lines;
``bench`` puts everything together as a driver set like any other.
"""
