"""A station that works, watched in a browser: ``statecharge watch``.

Theory of operation: a source (``sources``) delivers what the station writes, over the interface
of the bench or from the transcript's file. One thread (``feed``) asks it 30 times a second and
tells every viewer; ``server`` is the HTTP side, on the loopback address alone, which shows the
player page of the desk. A station that nobody watches does nothing of all this.
"""
