"""Tools that speak over a network: central system, demonstration, benchmark."""
