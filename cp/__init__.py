"""The controller of the charging station.

Theory of operation: the chart decides, the code names, the controller orders, the shell touches
the world. ``ARCHITECTURE.md`` takes the tour; each package below opens with its own part of it.
"""
