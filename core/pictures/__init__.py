"""Pictures that strangers send: decoded within bounds of memory and time, and made anew from their pixels."""

from core.pictures.decoder import Decoder, NormalisedImage
from core.pictures.refusal import PictureRefused

__all__ = ["Decoder", "NormalisedImage", "PictureRefused"]
