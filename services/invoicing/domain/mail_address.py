"""E-mail addresses as they are kept and sent to: a few, in plain ASCII, apart by commas, semicolons or blanks."""

import re

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
_ADDRESSES_MAX = 10


def addresses(text: str) -> list[str]:
    """The addresses in a text, each once; none at all when one of them cannot be sent to.

    A document goes to all of them or to nobody, so one mistake is a mistake of the whole.

    >>> addresses("anna@alfa.example; bo@alfa.example"), addresses("anna@alfa.example, bo")
    (['anna@alfa.example', 'bo@alfa.example'], [])
    """
    found = list(dict.fromkeys(one for one in re.split(r"[,;\s]+", text) if one))
    sound = len(found) <= _ADDRESSES_MAX and all(_ADDRESS.fullmatch(one) and ".." not in one for one in found)
    return found if sound else []


def domain_of(address: str) -> str:
    """What stands behind the at sign."""
    return address.rpartition("@")[2]
