"""The behavior: one TOML file per chart, and the routes between them. See ``README.md``."""
