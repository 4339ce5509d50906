"""Drivers: the only rooms that touch the world. They implement ``cp.vocabulary.ports``.

Theory of operation: a driver is told by plain method calls that never block and tells by posting
events. It imports the vocabulary and its own library, nothing else of this house; ``cp.__main__``
chooses the drivers and hands them to the daemon as one ``DriverSet``.
"""
