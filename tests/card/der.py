"""DER (ITU-T X.690) made by hand: as much as PKCS #15 files need."""


def tlv(tag, *parts):
    value = b"".join(parts)
    size = len(value)
    if size < 0x80:
        length = bytes([size])
    else:
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(digits)]) + digits
    return bytes([tag]) + length + value


def sequence(*parts):
    return tlv(0x30, *parts)


def context(number, *parts):
    """[number], constructed."""
    return tlv(0xA0 | number, *parts)


def integer(value, tag=0x02):
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def enumerated(value):
    return integer(value, 0x0A)


def octets(value, tag=0x04):
    return tlv(tag, value)


def text(value, tag=0x0C):
    return tlv(tag, value.encode())


def null():
    return tlv(0x05)


def oid(dotted):
    numbers = [int(number) for number in dotted.split(".")]
    value = b""
    for number in [numbers[0] * 40 + numbers[1], *numbers[2:]]:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.insert(0, 0x80 | number & 0x7F)
        value += bytes(digits)
    return tlv(0x06, value)


def bits(*positions):
    """A named bit list: the given bits set, trailing zero bits left out (X.690, 11.2.2)."""
    if not positions:
        return tlv(0x03, b"\x00")
    size = max(positions) // 8 + 1
    value = sum(1 << (size * 8 - 1 - position) for position in positions)
    unused = size * 8 - 1 - max(positions)
    return tlv(0x03, bytes([unused]), value.to_bytes(size, "big"))
