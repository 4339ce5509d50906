"""The auditor's desk: what changed, what was tried, and why each thing is there.

Theory of operation: everything starts from the chart documents. ``diff`` pairs the states and
transitions of two versions (``pairing``), tells the differences in words (``telling``) and paints
them on the union of both (``union``, ``drawing``). ``coverage_picture`` paints what the scenarios
took. ``trace`` joins requirements, elements and scenarios (``requirements``, ``evidence``);
``requirements_page`` writes that down for every requirement. ``scxml`` and ``schema`` are for the
tools of others: the charts as SCXML, and the dialect as JSON Schema.

``replay`` plays a device's transcript again: ``transcript_files`` and ``transcript_lines`` read
it, ``canonical`` makes records of it, ``rerun`` runs the whole controller, ``judging`` asks one
chart, ``timeline``, ``moments`` and ``player`` show it. ``report`` puts everything into one file.
``pages`` and ``inlined`` make pages that need nothing from outside.
"""
