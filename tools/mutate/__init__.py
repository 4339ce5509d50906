"""Mutation: bugs are seeded into charts, routes and behaviors, one at a time, and must be found.

Theory of operation: a mutant is a small change (a transition is dropped, a guard negated, a call
left out). The checker of the charts sees it first, then every scenario that touches the changed
place, then a small exploration, then a few simulated worlds. A mutant that nobody finds is a
survivor: either a scenario is missing, or the change makes no difference; the latter are listed in
``equivalents.toml``, each with its reason, and one that is listed and found, or with which a world
goes otherwise, or that is no mutant any more, is a finding too.

``charts``, ``routes`` and ``behaviors`` make mutants; ``touched`` knows which scenario touches
what, ``worlds`` the same of simulated worlds; ``trial`` tries one mutant, ``alone`` measures what
the worlds find by themselves.
"""
