"""The error tree: everything that Waymark refuses, in five kinds.

    WaymarkError
      NotFound      the thing named does not exist
        UnknownTerm       no such role, skill, task or subtask in the edition
        MissingInput      no such file or folder
      Invalid       what was given cannot be used as it is
        BadData           a fault in a data file of an edition, a lexicon or a model
        BadInput          a posting, table or profile that cannot be read
        TooLarge          input beyond a stated limit
      Conflict      what is asked contradicts what is there
      Denied        the caller may not do this
      Unavailable   a needed part is missing or not answering now
        MissingExtra      an optional dependency is not installed

Each door (cli, api, web) keeps one table from kind to exit code or HTTP status.
"""


class WaymarkError(Exception):
    """Say what is wrong in one line, and in `hint` how to mend it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the sentence and the mend apart, so that a door can place them."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return the sentence with its mend."""
        return f"{self.message} ({self.hint})" if self.hint else self.message


class NotFound(WaymarkError):
    """The thing named does not exist."""


class Invalid(WaymarkError):
    """What was given cannot be used as it is."""


class Conflict(WaymarkError):
    """What is asked contradicts what is there."""


class Denied(WaymarkError):
    """The caller may not do this."""


class Unavailable(WaymarkError):
    """A needed part is missing or not answering now."""


class UnknownTerm(NotFound):
    """No such role, skill, task or subtask in the edition."""


class MissingInput(NotFound):
    """No such file or folder."""


class BadData(Invalid):
    """A fault in a data file: the message names the file, the key and the mend."""


class BadInput(Invalid):
    """A posting, table or profile that cannot be read."""


class TooLarge(Invalid):
    """Input beyond a stated limit."""


class MissingExtra(Unavailable):
    """An optional dependency is not installed; the hint is the command to type."""


KINDS: tuple[type[WaymarkError], ...] = (NotFound, Invalid, Conflict, Denied, Unavailable)
"""The five kinds that every door must answer."""


def kind_of(error: WaymarkError) -> type[WaymarkError]:
    """Return the kind (one of `KINDS`) that an error belongs to."""
    return next(kind for kind in KINDS if isinstance(error, kind))
