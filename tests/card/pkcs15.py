"""The files of a PKCS #15 application (PKCS #15 v1.1; ISO/IEC 7816-15), as DER."""

import der

# Which choice of PKCS15Objects each directory file of the ODF is (PKCS #15, 6.2).
OBJECT_DIRECTORY = {
    "private_keys": 0,
    "public_keys": 1,
    "trusted_public_keys": 2,
    "secret_keys": 3,
    "certificates": 4,
    "trusted_certificates": 5,
    "useful_certificates": 6,
    "data_objects": 7,
    "authentication_objects": 8,
}

OBJECT_PRIVATE, OBJECT_MODIFIABLE = 0, 1
USAGE_SIGN, USAGE_NON_REPUDIATION = 2, 9
KEY_SENSITIVE, KEY_ALWAYS_SENSITIVE, KEY_NEVER_EXTRACTABLE, KEY_LOCAL = 0, 2, 3, 4
PIN_CASE_SENSITIVE, PIN_LOCAL, PIN_INITIALIZED, PIN_UNBLOCKING = 0, 1, 4, 6
PIN_CHANGE_DISABLED, PIN_UNBLOCK_DISABLED, PIN_NEEDS_PADDING = 2, 3, 5
PIN_ASCII_NUMERIC = 1
TOKEN_LOGIN_REQUIRED, TOKEN_RANDOM = 1, 2
OPERATION_SIGN = 1
# A kind of key: its PKCS #11 mechanism and the object identifier of its algorithm.
ALGORITHMS = {
    "rsa": (0x0001, "1.2.840.113549.1.1.1"),
    "rsa_padded": (0x0003, "1.2.840.113549.1.1.1"),
    "ec": (0x1041, "1.2.840.10045.2.1"),
}


def path(value, portion=None):
    """portion: (index, length) of the object in a longer file."""
    if portion is None:
        return der.sequence(der.octets(value))
    index, length = portion
    return der.sequence(der.octets(value), der.integer(index), der.integer(length, 0x80))


def common(label, flags, auth_id=None, user_consent=None):
    """CommonObjectAttributes."""
    parts = [der.text(label), der.bits(*flags)]
    if auth_id is not None:
        parts.append(der.octets(auth_id))
    if user_consent is not None:
        parts.append(der.integer(user_consent))
    return der.sequence(*parts)


def object_directory(paths):
    """The ODF. paths: (one of OBJECT_DIRECTORY, path) in the order wanted."""
    return b"".join(der.context(OBJECT_DIRECTORY[kind], path(value)) for kind, value in paths)


def application_template(name, label, home):
    """An entry of EF.DIR (ISO/IEC 7816-4, 12.2.3)."""
    return der.tlv(
        0x61, der.octets(name, 0x4F), der.text(label, 0x50), der.octets(home, 0x51)
    )


def token_info(serial, manufacturer, label, algorithms):
    """algorithms: (kind of key, reference in this file, the card's reference)."""
    supported = []
    for kind, reference, card_reference in algorithms:
        mechanism, identifier = ALGORITHMS[kind]
        supported.append(der.sequence(
            der.integer(reference),
            der.integer(mechanism),
            der.null(),
            der.bits(OPERATION_SIGN),
            der.oid(identifier),
            der.integer(card_reference),
        ))
    return der.sequence(
        der.integer(0),
        der.octets(serial),
        der.text(manufacturer),
        der.text(label, 0x80),
        der.bits(TOKEN_LOGIN_REQUIRED, TOKEN_RANDOM),
        *([der.context(2, *supported)] if supported else []),
    )


def private_key(
    kind, label, auth_id, consent, identifier, usage, reference, algorithms, home, bits
):
    """bits: the modulus length; for an EC key None, or the field size as OpenSC has it written."""
    choice = {"rsa": der.sequence, "ec": lambda *parts: der.context(0, *parts)}[kind]
    size = [] if bits is None else [der.integer(bits)]
    return choice(
        common(label, [OBJECT_PRIVATE], auth_id, consent),
        der.sequence(
            der.octets(identifier),
            der.bits(*usage),
            der.bits(KEY_SENSITIVE, KEY_ALWAYS_SENSITIVE, KEY_NEVER_EXTRACTABLE, KEY_LOCAL),
            der.integer(reference),
            *([der.context(1, *map(der.integer, algorithms))] if algorithms else []),
        ),
        der.context(1, der.sequence(path(home), *size)),
    )


def certificate(label, identifier, authority, home, portion):
    return der.sequence(
        common(label, []),
        der.sequence(der.octets(identifier), *([der.boolean(True)] if authority else [])),
        der.context(1, der.sequence(path(home, portion))),
    )


def pin(label, auth_id, puk_id, flags, minimum, maximum, padded, reference, home):
    """padded: the size to which values are filled up with FF, or None."""
    flags = flags if padded is None else [*flags, PIN_NEEDS_PADDING]
    return der.sequence(
        common(label, [OBJECT_PRIVATE, OBJECT_MODIFIABLE], puk_id),
        der.sequence(der.octets(auth_id)),
        der.context(
            1,
            der.sequence(
                der.bits(*flags),
                der.enumerated(PIN_ASCII_NUMERIC),
                der.integer(minimum),
                der.integer(padded or maximum),
                der.integer(maximum),
                der.integer(reference, 0x80),
                *([] if padded is None else [der.octets(b"\xFF")]),
                *([path(home)] if home else []),
            ),
        ),
    )
