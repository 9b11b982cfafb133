"""What goes wrong inside Redshift (`SqlError`) and inside the Data API (`DataApiError`)."""

from __future__ import annotations


class SqlError(Exception):
    """A statement was refused or failed, in the words and with the SQLSTATE that Redshift would use.

    ``fields`` are the fields of an ErrorResponse of the wire protocol, by their letters (``M`` message,
    ``C`` SQLSTATE, ``D`` detail, ``H`` hint, ``W`` where).
    """

    def __init__(self, message: str, *, state: str = "XX000", detail: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.fields = {"S": "ERROR", "V": "ERROR", "C": state, "M": message}
        if detail:
            self.fields["D"] = detail
        if hint:
            self.fields["H"] = hint

    @property
    def message(self) -> str:
        """The primary message."""
        return self.fields["M"]

    @property
    def state(self) -> str:
        """The SQLSTATE, five characters."""
        return self.fields["C"]

    def __str__(self) -> str:
        """The text the Data API puts into ``Error``."""
        lines = [f"ERROR: {self.message}"]
        if detail := self.fields.get("D"):
            lines.append(f"  Detail: {detail}")
        if hint := self.fields.get("H"):
            lines.append(f"  Hint: {hint}")
        return "\n".join(lines)

    @classmethod
    def of(cls, fields: dict[str, str]) -> SqlError:
        """The error that PostgreSQL sent."""
        error = cls(fields.get("M", "unknown error"), state=fields.get("C", "XX000"))
        error.fields.update(fields)
        return error


def syntax_error(message: str) -> SqlError:
    """A statement that does not parse, or whose options contradict each other (SQLSTATE 42601)."""
    return SqlError(message, state="42601")


def unsupported(construct: str) -> SqlError:
    """Redshift knows ``construct``; the sandbox does not."""
    return SqlError(f"{construct} is not supported in the sandbox.", state="0A000")


class DataApiError(Exception):
    """An answer of the Data API other than 200: ``code`` is the exception's name in the service model."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
