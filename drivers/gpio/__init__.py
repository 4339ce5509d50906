"""GPIO: contactor, emergency stop, residual current device and lamps on lines of the kernel.

Theory of operation: a line is named in the station file by chip and line (``line``); ``chip`` is
the only module that calls gpiod, and is imported when a driver starts that needs it. Every line is
requested for itself, so that each is busy, missing or gone for itself. ``inputs`` reads levels
anew after every wake-up and never counts edges, for the kernel drops edges in a burst; ``output``
keeps a line that is inactive unless it was told otherwise, also after its chip was gone.
``contactor`` and ``lamp`` are the ports.

What software cannot promise: when the process dies, the kernel lets go of its lines, and a pin may
then do what it wants. A pull-down has to make an undriven coil line mean open; better still, the
relay is fed through a monostable that ``heartbeat`` retriggers. The emergency stop and the residual
current device have to break the coil's circuit themselves: here they are read, and the coil line
is dropped with them.
"""
