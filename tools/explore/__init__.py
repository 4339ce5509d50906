"""``statecharge charts explore``: every reachable combination of states, and no harm in any.

Theory of operation: the real charts, composed as ``routes.toml`` says, are explored breadth first.
In every state the environment may do whatever it can do, and any armed timer may fire. There are
four compositions, each complete under its environment: the outlet (``outlet``, its moves in
``outlet_moves``), the line to the central system (``line``, ``line_moves``), and beside connector,
transaction and charge_point (``job``, ``job_moves``) a firmware update (``update``,
``update_moves``) and an upload of diagnostics (``upload``); why they are enough, and which
unbounded data is forgotten, is said where they are defined. ``turn`` runs a turn in the order of
``cp.turn``, on states that are tuples of small numbers, and remembers each result for exactly the
cells that it depends on (``cells``). After every turn the invariants (``outlet_invariants``,
``line_invariants``, ``transaction_invariants``, ``job_invariants``, ``update_invariants``,
``upload``) are checked; ``search`` finds the shortest way to a violation; ``stuck`` looks for
machines that cannot leave their state; ``report`` tells, and writes a scenario; ``catalogue`` lists
the invariants, and says of the five in ``promises`` whether they hold; ``left_out`` gives the
reason for each element that no run reaches.
"""

from tools.explore.command import main as main
