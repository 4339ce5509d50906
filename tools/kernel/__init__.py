"""A Linux kernel as an ordinary process, for tests against real kernel devices.

Theory of operation: User-Mode Linux is the kernel built for the "hardware" of another Linux; no
root and no virtualization are needed. Debian's kernels have no simulated GPIO chip, so ``build``
makes one from Debian's kernel source and the options in ``uml.config``, once, into the user's cache
folder. ``machine`` starts it with this machine's own files as its root, read-only; so the same
Python and the same code run in it. ``guest`` says what runs as its first process.

UML has 64 interrupt numbers, all taken, so that edges of GPIO lines would fail; UML_PCI_OVER_VIRTIO
brings 64 more. Its clock ticks every 10 ms: latencies that are measured in it are upper bounds.
"""
