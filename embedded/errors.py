"""What can be wrong with the machine or the folder; the message says what to do."""


class EmbeddedError(Exception):
    """The servers or processes cannot run here."""
