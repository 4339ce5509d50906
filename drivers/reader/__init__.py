"""Card readers: on a serial line, or as a keyboard that types the number of the card.

Theory of operation: ``frames`` and ``keys`` turn bytes and keys into card numbers, without a
device and without a clock; ``numbers`` turns a number into an id tag. ``attached`` is the life of a
device that may be unplugged and come back, and knows a card that is still there from one that is
presented anew. ``serial_line`` and ``keyboard`` open the device; ``keyboard`` alone needs evdev,
which is imported when it is started. Id tags stay out of logs.
"""
