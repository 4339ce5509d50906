"""The station as a service of systemd: ``statecharge install`` and ``statecharge release``.

Theory of operation: ``statecharge.service`` is the unit with a few words left open; ``unit`` fills
them from the station file, so that the service may touch the devices of this station and nothing
else. ``install`` writes files and changes nothing that is right already. ``release`` is what the
unit runs when the station has ended, however it ended: the contactor opens.
"""
