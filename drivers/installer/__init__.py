"""Installing firmware: two slots, one of which runs; the other takes the new version.

Theory of operation: ``SlotInstaller`` is ``ports.Installer``, once: numbers, order, what is posted
and when nothing is posted any more. What differs between products is a set of ``Slots`` behind it:

``FolderSlots``   two folders and a link; images of our own form (``image``), checked whole before
                  one byte of a slot is touched. For development and for stations whose operating
                  system stays as it is.
``RaucSlots``     the whole system, by RAUC.
``CommandSlots``  any other updater, by commands that the station file names.

The folder form starts by itself: ``start.start_from_slot`` is the first thing that a process does;
it counts the starts of a slot on trial and goes back to the one before, so that a version that
crashes at once or hangs until the watchdog ends it never keeps a station from charging.

    FOLDER/slots/a, FOLDER/slots/b   what was installed; a slot that is missing is the package
                                     that was installed with the system ("factory")
    FOLDER/current                   a link to the slot that is started, exchanged by one rename
    FOLDER/trial.json                while that slot is on trial: slot, previous, starts

Every change of the disk goes through ``disk``; tests cut the power at each of its system calls.
"""
