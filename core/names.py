"""Names as they are looked for: by the beginnings of their words, and by how these sound, in whichever script.

What is kept of a name are its keys. A beginning is a key as it stands (`pri`); a sound has a mark before it (`~pry`): the
consonants of a word in Latin letters, since vowels are what spellings of a name differ in. Unicode has the scripts of India in
one order, that of ISCII, so a letter's place in its block says how it sounds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

import regex

LONGEST_BEGINNING: Final = 12
"""Letters. Words that agree in so many are the same word."""
MOST_WORDS: Final = 8

_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+")
# Latin accents, and joiners that nobody sees.
_UNHEARD: Final = regex.compile("[\u0300-\u036f\u200b-\u200d]")

# By place in a block of 128: independent vowels, consonants, and the signs of vocalic r.
_INDIC: Final[Mapping[int, str]] = {
    **dict.fromkeys(range(0x05, 0x15), "a"),
    **dict(enumerate("kkggnccjjnttddnttddnnpfbbmyrrlllvsssh", start=0x15)),
    **dict.fromkeys((0x0B, 0x43, 0x44, 0x60), "r"),
    **dict.fromkeys((0x01, 0x02, 0x70), "n"),
}
_INDIC_BLOCKS: Final = range(0x0900, 0x0D80)
_NUKTA, _VIRAMA = 0x3C, 0x4D
_WITH_NUKTA: Final = {"j": "s"}  # ज़ is a z
_OTHERS: Final[Mapping[str, str]] = {
    **dict.fromkeys("aeiouاآأإع", "a"),
    **dict(zip("بپتطثسصجچخدڈذزضظرڑشغفقکكگلمنںحهھہ", "bpttsssjckddssssrrsgfkkkglmnnhhhh", strict=True)),
    **dict.fromkeys("ويیىےئؤءة", ""),
    **dict(zip("bcdfghjklmnpqrstvwxyz", "bkdfghjklmnpkrstvvkys", strict=True)),
}
_VOWELS: Final = frozenset("aeiou")
_DIGRAPHS: Final[Mapping[str, str]] = {"ch": "c", "ph": "f", "ck": "k", "ce": "s", "ci": "s", "cy": "s"}


def keys_of(name: str) -> list[str]:
    """All that a name can be found by, sorted."""
    keys: set[str] = set()
    for word in words_of(name):
        keys.update(word[:length] for length in range(1, min(len(word), LONGEST_BEGINNING) + 1))
        keys.add(sound_of(word))
    return sorted(keys)


def words_of(text: str) -> list[str]:
    """The words as they are compared: without case, Latin accents and joiners, composed letters taken apart."""
    plain = _UNHEARD.sub("", unicodedata.normalize("NFKD", text).casefold())
    words: list[str] = _WORD.findall(plain)
    return words[:MOST_WORDS]


def beginning_of(word: str) -> str:
    """The key of names in which some word begins like this one."""
    return word[:LONGEST_BEGINNING]


def sound_of(word: str) -> str:
    """The key of names in which some word sounds like this one."""
    heard = [sound for sound, _ in groupby(_sounds(word)) if sound]
    # Within a word vowels, and an h that only breathes, are what spellings differ in.
    inside = (sound for sound in heard[1:] if sound not in "ah")
    return "~" + "".join(heard[:1]) + "".join(inside)


def _sounds(word: str) -> Iterator[str]:
    """One Latin letter for each sound, `a` for each vowel; a double consonant is one."""
    place = 0
    while place < len(word):
        letter, pair = word[place], word[place : place + 2]
        if ord(letter) in _INDIC_BLOCKS:
            yield from _indic(word, place)
        elif pair in _DIGRAPHS:
            yield _DIGRAPHS[pair]
            place += pair[1] in "hk"
        elif letter == "x":
            yield from "ks"
        elif letter == "y" and word[place + 1 : place + 2] not in _VOWELS:
            yield "a"
        else:
            yield _OTHERS.get(letter, letter)
        place += 1


def _indic(word: str, place: int) -> Iterator[str]:
    letter = ord(word[place]) & 0x7F
    sound = _INDIC.get(letter)
    following = [ord(each) & 0x7F for each in word[place + 1 : place + 2]]
    if sound is None:
        return
    if following == [_NUKTA]:
        sound = _WITH_NUKTA.get(sound, sound)
    yield sound
    # A consonant has its vowel in it, unless a virama takes it away: so ट्ट is one sound and टट two.
    if 0x15 <= letter <= 0x39 and following != [_VIRAMA]:
        yield "a"
