"""Energy meters: Modbus RTU and TCP, and the S0 pulse output as a fallback.

Theory of operation: ``modbus`` polls and ``pulses`` counts; both report through ``reporting``,
which keeps the last plausible reading, watches the limit and tells when a meter fails and is back.
``wire`` is the only module that imports pymodbus, ``pulse_line`` the only one that imports gpiod;
neither is imported before its driver is started. ``plausible`` decides, without a clock, whether a
reading can be true. Which register means what is data: ``register_map`` reads it from ``maps/``.

A Modbus RTU answer does not say which request it answers. An answer that comes too late would be
taken for the answer to the next request, and the voltage for the energy. Three things stand
against that. Requests ask for different numbers of registers in turn, and an answer of another
length is refused. After any error the line is closed until every late answer has come, and opened
anew. And what is left has to be plausible.
"""
