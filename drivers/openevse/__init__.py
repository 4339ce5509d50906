"""An OpenEVSE board over RAPI: relay, control pilot, ground fault detection, meter on one line.

Theory of operation: the board is a whole charging station without a network, and stays one. It
reads the pilot, watches ground, relay and temperature, and *closes its relay by itself* as soon as
it is awake and the EV asks; no command of RAPI moves the relay alone. What the ports mean here:

``Pilot.offer``      set the current (``$SC``, volatile) and wake the board (``$FE``). From now on
                     the board decides when its relay closes, as the EV asks: its state C is told
                     as ``EvAsked``.
``Contactor.close``  consent: the relay may stay closed while the hold is renewed. A closed relay
                     that nobody consents to, or renews, is opened when the hold has passed.
``FeedbackClosed``   the board says that its relay is on, *and* close was ordered: an auxiliary
                     contact that closes a moment before the order would be called welded. Also
                     told when the board finds its relay stuck (state 8), ordered or not.
``FeedbackOpened``   the board says that its relay is off, and nothing else says so.
``Contactor.open``   a relay that is on is dropped at once (``$FD``), then the board is put to sleep
                     (``$FS``). While the offer stands it wakes again after a short rest, for the
                     EV may ask anew; after an EV that paused by itself there is nothing to drop.
``Pilot.withdraw``   sleep: a steady +12 V on the pilot.

Why ``$FD`` and not ``$FS`` alone: a board that falls asleep gives the EV up to 3 s to end its draw,
while a contactor has 0.5 s to open (``contactor_opening_s``). The price is a moment of -12 V.

Start: after each opening of the line and each restart of the board (``$AB``) it is put to sleep
before it is told anything else. A board in a fault state is left alone: its relay is off, and sleep
would hide the fault. Its boot lock is released (``$SB``) when it sleeps; a board without boot lock
charges whoever is plugged in until this program has started (``$FF L 1`` mends that).

When this program falls silent: a hung event loop is noticed by the thread that owns the line, which
drops the relay. A dead process is noticed by the board's heartbeat supervision (``$SY``): it then
advertises 6 A, the least that there is, and does not end the charging: the board cannot. The
service manager starts the program again, which puts the board to sleep. A board that does not
answer may do what it wants, and all that is told of it is an error, ``EvPaused`` and, by
its silence, nothing of its relay.

What the board says is read with ``$GS``; ``$AT`` only makes the next look come at once. A sequence
number and a checksum on every request and answer keep late answers and noise out. RAPI 5 (firmware
6.1, 2020) is the oldest that is understood. Sources: the protocol in ``rapi_proc.h`` and what it
means in ``rapi_proc.cpp``, ``J1772EvseController.cpp``, ``EnergyMeter.cpp`` of the firmware
(github.com/OpenEVSE/open_evse and lincomatic/open_evse).
"""
