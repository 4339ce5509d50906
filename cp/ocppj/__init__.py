"""OCPP-J without I/O: text frames in, events and text frames out.

Theory of operation: ``decoder`` turns any text into a frame or a reason and never raises;
``dialogue`` keeps the one CALL under way and the switch for drawn silence; ``inbound`` and
``answers`` check payloads with ``validators`` (generated from the public schemas) and make events
and confirmations of them; ``outbound`` writes our CALLs and answers. Nothing here decides what the
station does.
"""
