"""Charts as pictures: UML state machines in SVG that are provably the program.

Theory of operation: a ``ChartDocument`` becomes a ``Picture`` (what is drawn: boxes, lines, text
and their exact sizes; ``views``, ``picture``, ``notation``, ``metrics``). ELK places the picture
(``elk``, ``node``), a search over ELK's options keeps the best placement (``search``, judged by
``geometry``), and the coordinates are committed (``lock``): an unchanged chart is drawn without
Node, byte for byte the same on every machine. ``writer`` draws, ``proof`` reads the SVG back from
its visible text and lines and compares it with the chart. ``export`` ties these together.
"""
