"""Power cuts of a real kernel: the second witness of what survives one.

Theory of operation: a kernel of our own (``tools.kernel``) has an image of ext4 as its disk. On it
lives the ``station`` with the scenes of ``tools.crash.day``, and what it tells the world leaves the
guest at once, through hostfs. The kernel is killed at some instant, with all that was in its page
cache; the next one mounts the image, recovers the journal of ext4, and shows what files there are
before its own station starts on them (``guest``). ``cuts`` does this again and again to the same
image, and asks the oracle of ``tools.crash`` whether what was told is there.

``tools.crash`` sees every moment of a day on a disk that it made up by rules; here the rules are
those of a real file system and its block layer, at fewer moments. What a kill leaves is all that
was handed to the image: a drive that loses or reorders what it has in a cache of its own is not
seen here, and is seen there.
"""
