"""A small PKCS #11 client (version 2.40) over ctypes: nothing between a test and the module.

Calls release the interpreter's lock, so that several threads can be inside the module.
"""

import ctypes
import json
import os
import pathlib

ULONG = ctypes.c_ulong
ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PIRADI_BUILD", ROOT / "build")).resolve()

IMAGE = json.loads(pathlib.Path(os.environ.get("CARD_IMAGE", os.devnull)).read_text() or "null")

CKF_SERIAL_SESSION, CKF_RW_SESSION = 4, 2
CKF_DONT_BLOCK = 1
CKU_SO, CKU_USER, CKU_CONTEXT_SPECIFIC = 0, 1, 2
CKO_CERTIFICATE, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY = 1, 2, 3
CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS = 0x1, 0x40
CKA_CLASS, CKA_LABEL, CKA_VALUE, CKA_ID = 0x0, 0x3, 0x11, 0x102
CKA_ALWAYS_AUTHENTICATE = 0x202
CKA_PIRADI_PIN_TRIES_LEFT = 0x80000000 | 0x47450001
CKF_TOKEN_PRESENT = 1
CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED = 1 << 16, 1 << 17, 1 << 18
UNAVAILABLE = 2**64 - 1

CODES = {
    0x7: "ARGUMENTS_BAD", 0x3: "SLOT_ID_INVALID", 0x5: "GENERAL_ERROR", 0x6: "FUNCTION_FAILED",
    0x21: "DATA_LEN_RANGE", 0x62: "KEY_SIZE_RANGE", 0x70: "MECHANISM_INVALID",
    0x71: "MECHANISM_PARAM_INVALID", 0xC0: "SIGNATURE_INVALID",
    0x8: "NO_EVENT", 0x50: "FUNCTION_CANCELED", 0x60: "KEY_HANDLE_INVALID",
    0x200: "FUNCTION_REJECTED", 0x30: "DEVICE_ERROR", 0x32: "DEVICE_REMOVED", 0x54: "FUNCTION_NOT_SUPPORTED",
    0x90: "OPERATION_ACTIVE", 0x91: "OPERATION_NOT_INITIALIZED", 0xA0: "PIN_INCORRECT",
    0xA2: "PIN_LEN_RANGE", 0xA3: "PIN_EXPIRED", 0xA4: "PIN_LOCKED",
    0xB3: "SESSION_HANDLE_INVALID", 0xE0: "TOKEN_NOT_PRESENT", 0xE1: "TOKEN_NOT_RECOGNIZED",
    0x100: "USER_ALREADY_LOGGED_IN", 0x101: "USER_NOT_LOGGED_IN",
    0x103: "USER_PIN_NOT_INITIALIZED", 0x104: "USER_ANOTHER_ALREADY_LOGGED_IN",
    0x190: "CRYPTOKI_NOT_INITIALIZED", 0x191: "CRYPTOKI_ALREADY_INITIALIZED",
    0x80000000 | 0x47450001: "PIRADI_CARD_BUSY",
    0x80000000 | 0x47450002: "PIRADI_CARD_CONTACTLESS",
}


class CkError(Exception):
    def __init__(self, function, rv):
        self.name = CODES.get(rv, f"0x{rv:X}")
        super().__init__(f"{function}: {self.name}")


class Attribute(ctypes.Structure):
    _fields_ = [("type", ULONG), ("value", ctypes.c_void_p), ("size", ULONG)]


class Mechanism(ctypes.Structure):
    _fields_ = [("type", ULONG), ("parameter", ctypes.c_void_p), ("size", ULONG)]

    @classmethod
    def of(cls, kind, parameter=None):
        """The parameter is a structure; the caller keeps it."""
        if parameter is None:
            return cls(kind, None, 0)
        return cls(kind, ctypes.addressof(parameter), ctypes.sizeof(parameter))


class SlotInfo(ctypes.Structure):
    _fields_ = [
        ("description", ctypes.c_char * 64), ("manufacturer", ctypes.c_char * 32),
        ("flags", ULONG), ("versions", ctypes.c_ubyte * 4),
    ]


class TokenInfo(ctypes.Structure):
    _fields_ = [
        ("label", ctypes.c_char * 32), ("manufacturer", ctypes.c_char * 32),
        ("model", ctypes.c_char * 16), ("serial", ctypes.c_char * 16), ("flags", ULONG),
        ("max_sessions", ULONG), ("sessions", ULONG), ("max_rw", ULONG), ("rw", ULONG),
        ("max_pin", ULONG), ("min_pin", ULONG), ("memory", ULONG * 4),
        ("versions", ctypes.c_ubyte * 4), ("time", ctypes.c_char * 16),
    ]


class Module:
    def __init__(self, path=BUILD / "lib/piradi-pkcs11.so"):
        self.library = ctypes.CDLL(str(path))

    def call(self, function, *arguments):
        entry = getattr(self.library, function)
        entry.restype = ULONG
        rv = entry(*arguments)
        if rv != 0:
            raise CkError(function, rv)

    def __enter__(self):
        self.call("C_Initialize", None)
        return self

    def __exit__(self, *_):
        self.call("C_Finalize", None)

    def slots(self, with_token=True):
        count = ULONG()
        self.call("C_GetSlotList", ctypes.c_ubyte(with_token), None, ctypes.byref(count))
        slots = (ULONG * count.value)()
        self.call("C_GetSlotList", ctypes.c_ubyte(with_token), slots, ctypes.byref(count))
        return list(slots[: count.value])

    def slot_of(self, reader, role):
        """The slot of a reader by its name; role 0 authenticates, 1 signs."""
        for slot in self.slots(with_token=False):
            if slot % 2 == role and self.slot_info(slot).description.decode().strip() == reader:
                return slot
        raise LookupError(reader)

    def slot_info(self, slot):
        info = SlotInfo()
        self.call("C_GetSlotInfo", ULONG(slot), ctypes.byref(info))
        return info

    def token_info(self, slot):
        info = TokenInfo()
        self.call("C_GetTokenInfo", ULONG(slot), ctypes.byref(info))
        return info

    def mechanisms(self, slot):
        count = ULONG()
        self.call("C_GetMechanismList", ULONG(slot), None, ctypes.byref(count))
        mechanisms = (ULONG * count.value)()
        self.call("C_GetMechanismList", ULONG(slot), mechanisms, ctypes.byref(count))
        return list(mechanisms)

    def wait_for_event(self, flags=0):
        slot = ULONG()
        self.call("C_WaitForSlotEvent", ULONG(flags), ctypes.byref(slot), None)
        return slot.value

    def session(self, slot):
        return Session(self, slot)


class Session:
    def __init__(self, module, slot):
        self.module = module
        handle = ULONG()
        module.call(
            "C_OpenSession", ULONG(slot), ULONG(CKF_SERIAL_SESSION | CKF_RW_SESSION), None, None,
            ctypes.byref(handle),
        )
        self.handle = handle
        self.key = 0

    def call(self, function, *arguments):
        self.module.call(function, self.handle, *arguments)

    def close(self):
        self.call("C_CloseSession")

    def login(self, pin, user=CKU_USER):
        self.call("C_Login", ULONG(user), pin.encode(), ULONG(len(pin)))

    def set_pin(self, old, new):
        self.call("C_SetPIN", old.encode(), ULONG(len(old)), new.encode(), ULONG(len(new)))

    def login_on_pad(self, user=CKU_USER):
        self.call("C_Login", ULONG(user), None, ULONG(0))

    def set_pin_on_pad(self):
        self.call("C_SetPIN", None, ULONG(0), None, ULONG(0))

    def init_pin(self, pin):
        self.call("C_InitPIN", pin.encode(), ULONG(len(pin)))

    def logout(self):
        self.call("C_Logout")

    def find(self, **wanted):
        """find(CLASS=…, ID=…): handles."""
        attributes = (Attribute * len(wanted))()
        kept = []
        for attribute, (name, value) in zip(attributes, wanted.items()):
            raw = value if isinstance(value, bytes) else value.to_bytes(8, "little")
            kept.append(ctypes.create_string_buffer(raw, len(raw)))
            attribute.type = globals()[f"CKA_{name}"]
            attribute.value = ctypes.addressof(kept[-1])
            attribute.size = len(raw)
        self.call("C_FindObjectsInit", attributes, ULONG(len(wanted)))
        handles = (ULONG * 64)()
        count = ULONG()
        self.call("C_FindObjects", handles, ULONG(64), ctypes.byref(count))
        self.call("C_FindObjectsFinal")
        return list(handles[: count.value])

    def attribute(self, handle, kind):
        attribute = Attribute(kind, None, 0)
        self.call("C_GetAttributeValue", ULONG(handle), ctypes.byref(attribute), ULONG(1))
        value = ctypes.create_string_buffer(attribute.size)
        attribute.value = ctypes.addressof(value)
        self.call("C_GetAttributeValue", ULONG(handle), ctypes.byref(attribute), ULONG(1))
        return value.raw[: attribute.size]

    def number(self, handle, kind):
        return int.from_bytes(self.attribute(handle, kind), "little")

    def public_key(self):
        (key,) = self.find(CLASS=CKO_PUBLIC_KEY)
        return key

    def private_key(self):
        """Seen while somebody is logged in; its handle is remembered."""
        self.key = next(iter(self.find(CLASS=CKO_PRIVATE_KEY)), self.key)
        return self.key

    def certificate(self):
        """Of the token's own key."""
        identifier = self.attribute(self.public_key(), CKA_ID)
        (handle,) = self.find(CLASS=CKO_CERTIFICATE, ID=identifier)
        return self.attribute(handle, CKA_VALUE)

    def sign_init(self, mechanism=CKM_SHA256_RSA_PKCS, parameter=None):
        self.call("C_SignInit", ctypes.byref(Mechanism.of(mechanism, parameter)),
                  ULONG(self.private_key()))

    def sign_parts(self, mechanism, parts, pin_again=None, parameter=None):
        """One part is signed by C_Sign."""
        self.sign_init(mechanism, parameter)
        if pin_again is not None:
            self.login(pin_again, CKU_CONTEXT_SPECIFIC)
        if len(parts) == 1:
            return self.sign_final(parts[0])
        for part in parts:
            self.call("C_SignUpdate", part, ULONG(len(part)))
        signature = ctypes.create_string_buffer(512)
        size = ULONG(512)
        self.call("C_SignFinal", signature, ctypes.byref(size))
        return signature.raw[: size.value]

    def verify(self, mechanism, signature, parts, parameter=None):
        self.call("C_VerifyInit", ctypes.byref(Mechanism.of(mechanism, parameter)),
                  ULONG(self.public_key()))
        if len(parts) == 1:
            self.call("C_Verify", parts[0], ULONG(len(parts[0])), signature, ULONG(len(signature)))
            return
        for part in parts:
            self.call("C_VerifyUpdate", part, ULONG(len(part)))
        self.call("C_VerifyFinal", signature, ULONG(len(signature)))

    def sign_final(self, data):
        signature = ctypes.create_string_buffer(512)
        size = ULONG(512)
        self.call("C_Sign", data, ULONG(len(data)), signature, ctypes.byref(size))
        return signature.raw[: size.value]

    def sign(self, data, pin_again=None, mechanism=CKM_SHA256_RSA_PKCS):
        self.sign_init(mechanism)
        if pin_again is not None:
            self.login(pin_again, CKU_CONTEXT_SPECIFIC)
        return self.sign_final(data)
