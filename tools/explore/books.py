"""Records and transaction messages of a turn, replayed: one of each, in order."""

from dataclasses import dataclass

from cp.vocabulary.requests import MeterValues, StartTransaction, StopTransaction


@dataclass(slots=True)
class Books:
    """The transaction that is open, and the one message that must follow its last record."""

    open_uid: str | None
    awaited: tuple[str, str] | None = None

    def keep(self, uid: str) -> str | None:
        """TransactionKept; returns what is wrong, or None."""
        if self.open_uid is None:
            self.open_uid = uid
            return self._await("StartTransaction", uid)
        return None if uid == self.open_uid else "a second transaction is opened"

    def end(self, uid: str) -> str | None:
        """TransactionEnded."""
        if uid != self.open_uid:
            return "a transaction is ended that is not open"
        self.open_uid = None
        return self._await("StopTransaction", uid)

    def _await(self, message: str, uid: str) -> str | None:
        if self.awaited is not None:
            return f"{message} is recorded before {self.awaited[0]} is created"
        self.awaited = (message, uid)
        return None

    def create(self, request: object) -> str | None:
        """A CALL was created."""
        match request:
            case StartTransaction() | StopTransaction():
                message = (str(request.action), request.uid)
                if message != self.awaited:
                    return f"{message[0]} without its record"
                self.awaited = None
            case MeterValues() if request.uid not in (None, self.open_uid):
                return "MeterValues of a transaction that is not open"
        return None

    def rest(self) -> str | None:
        """The turn has ended."""
        return None if self.awaited is None else f"{self.awaited[0]} is missing"
