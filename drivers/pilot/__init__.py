"""The control pilot of IEC 61851-1 with a cable of type 1: what the EV says, what it is offered.

Theory of operation: the pilot is +12 V behind 1 kOhm; the EV pulls it down to 9 V (B, connected),
6 V (C, it asks) or 3 V (D, it asks and needs ventilation). An offer is a 1 kHz square wave between
+12 V and -12 V whose duty says the current; a diode in the EV leaves the negative half alone, which
tells an EV from a wet plug. ``levels`` (volts to states, what is stable, the duty of a current) and
``steps`` (states to events) are pure; ``adc`` and ``comparators`` read the hardware, ``pwm`` drives
it, and ``pilot`` puts them together as the port, with one thread that owns all three.
"""
