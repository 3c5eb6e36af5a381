"""What a storage can say besides yes."""


class StorageUnavailable(Exception):
    """The bytes could not be stored or read just now: full, read-only, slow, unreachable. Trying again later may help."""


class StorageRefused(StorageUnavailable):
    """The folder or bucket is not there, or we may not use it: somebody has to set it right. Until then all waits as above."""


class FileMissing(Exception):
    """No bytes under this key."""
