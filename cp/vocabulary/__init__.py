"""The words that all rooms of the house share.

Theory of operation: frozen records without behavior. Events say what happened, effects say what is
to be done, facts say what machines may know of each other, ports say what the world looks like to
the daemon. Nothing here imports anything but the standard library.
"""
