"""What a storage can say besides yes."""


class StorageUnavailable(Exception):
    """The bytes could not be stored or read just now: full, read-only, unreachable. Trying again later may help."""


class FileMissing(Exception):
    """No bytes under this key."""
