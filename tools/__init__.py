"""What people use: exporters, explorers, scenarios, the central system. Nothing imports tools but
``cp.__main__``, and that lazily."""
