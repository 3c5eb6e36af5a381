"""Why a picture was not taken."""


class PictureRefused(Exception):
    """`code` is stable; `reason` continues a sentence that begins with the picture's name."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason
