"""Fold a text for matching: one ASCII byte a code point, so that an offset in it is an offset in the text."""

# Every character of a token stays (letters in lower case); marks that are part of names ("c++", "c#", "r&d")
# stay too; all else is a blank. A leading dot of ".net" is kept as byte 1, since other dots end sentences.
_KEPT = b"abcdefghijklmnopqrstuvwxyz0123456789_+#&\x01"
TOKEN_BYTES = b"abcdefghijklmnopqrstuvwxyz0123456789_"


def _table() -> bytes:
    table = bytearray(b" " * 256)
    for byte in _KEPT:
        table[byte] = byte
    for upper, lower in zip(range(65, 91), range(97, 123), strict=True):
        table[upper] = lower
    return bytes(table)


_FOLD = _table()
_PLAIN = {
    0x2019: "'",
    0x2018: "'",
    0x2010: "-",
    0x2011: "-",
    0x2013: "-",
    0x2014: "-",
    0x00A0: " ",
    0x202F: " ",
}


def flatten(text: str) -> bytes:
    """Return the text as ASCII, a byte a code point: quotes and dashes plain, other characters as `?`."""
    if not text.isascii():
        for code, plain in _PLAIN.items():
            text = text.replace(chr(code), plain)
    return text.encode("ascii", "replace")


def fold(flat: bytes) -> bytes:
    """Fold a flattened text to lower-case tokens between blanks, without moving any offset."""
    return flat.replace(b".net", b"\x01net").replace(b".NET", b"\x01NET").replace(b".Net", b"\x01Net").translate(_FOLD)


def fold_form(form: str) -> str:
    """Fold a phrase as a text is folded; runs of blanks become one."""
    return " ".join(fold(flatten(form)).decode("ascii").split(" ")).strip()
