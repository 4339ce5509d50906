"""Pure rules and records that need no chart.

Theory of operation: plain functions over frozen records. What depends on the state of a machine is
decided in a chart; what is arithmetic, bookkeeping or a table stands here.
"""
