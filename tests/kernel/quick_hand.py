"""A hand at the pins that is quicker than all others: ``quick_hand.py COIL PIN=LEVEL...``.

Theory of operation: all share the one processor of the test kernel, so what a test does and sees
itself may be late by whatever else is under way. For each line that comes in, the inputs are driven
to these levels, in this order, and the milliseconds until the coil is inactive go out.
"""

import os
import sys
import time

coil = os.open(sys.argv[1], os.O_RDONLY)
moves = [word.rsplit("=", 1) for word in sys.argv[2:]]
levels = [(os.open(pin, os.O_WRONLY), level.encode()) for pin, level in moves]
print("ready", flush=True)
for _ in sys.stdin:
    begun_s = time.monotonic()
    for file, level in levels:
        os.pwrite(file, level, 0)
    while os.pread(coil, 1, 0) == b"1":
        time.sleep(0.0005)
    print((time.monotonic() - begun_s) * 1e3, flush=True)
