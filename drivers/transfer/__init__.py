"""Transfers: firmware images in, diagnostics files out.

Theory of operation: the charts decide when a try begins, whether another follows and when it is
given up; ``FileTransfer`` makes one try per ``download`` or ``upload``. A try runs in a thread of
its own with blocking libraries (httpx for http and https, ftplib for ftp and ftps), so that the
loop never waits for a disk or a server; its outcome comes back through ``call_soon_threadsafe`` and
is dropped in the loop's thread when the try was stopped meanwhile. To stop one means to shut down a
duplicate of its socket from outside: a read that waits ends at once, and every chunk is preceded by
a look at whether the try still counts. The tries of one direction come one after another.

What is here: ``file_transfer`` is the port; ``one_try`` what both threads know of a try; ``work``
what the thread does; ``location`` reads addresses, ``web`` and ``ftp`` speak to servers, ``part``
keeps what came of an image, ``words`` says why something failed; ``archive``, ``packing`` and
``transcript_lines`` make the diagnostics file. Only the first two and ``archive`` are loaded at the
start; httpx is loaded by the first try that needs it.

Addresses of this machine and its own links (loopback, link-local) are allowed unless
``TransferConfig.is_local_refused`` says otherwise: a service laptop plugged into the station is a
legitimate server, and the central system already rules the station.
"""
