"""A disk without room, counted in rows; scenarios have the same one."""

from collections.abc import Sequence

from cp.vocabulary.records import Delete, Put, Row


class FullDisk:
    """Full to the last row when it is made: a row more needs a transaction message less."""

    def __init__(self) -> None:
        self._rows_free = 0

    def takes(self, rows: Sequence[Row]) -> bool:
        """Whether there is room for these rows as one transaction; if so, they have taken it."""
        won = sum(isinstance(row, Delete) and row.kind == "call" for row in rows)
        rows_free = self._rows_free + won - sum(isinstance(row, Put) for row in rows)
        if rows_free < 0:
            return False
        self._rows_free = rows_free
        return True
