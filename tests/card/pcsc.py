"""A small PC/SC client over libpcsclite, for the harness and its tests: just enough to wait for
readers and to exchange APDUs, and nothing between the test and the library.

The library takes PCSCLITE_CSOCK_NAME from the environment when a context is established.
"""

import ctypes
import time

SCOPE_SYSTEM = 2
SHARE_EXCLUSIVE, SHARE_SHARED = 1, 2
PROTOCOL_T1 = 2
CM_IOCTL_GET_FEATURE_REQUEST = 0x42000000 + 3400
LEAVE_CARD, RESET_CARD = 0, 1
STATE_UNAWARE, STATE_EMPTY, STATE_PRESENT, STATE_MUTE = 0x0000, 0x0010, 0x0020, 0x0200
NO_READERS_AVAILABLE = 0x8010002E
TIMEOUT = 0x8010000A
# Announced by the library as a reader of its own: "a reader came or went".
NOTIFICATION = b"\\\\?PnP?\\Notification"
RESPONSE_MAX = 65538
NAMES_MAX = 4096


class PcscError(Exception):
    def __init__(self, function, code):
        super().__init__(f"{function}: 0x{code & 0xFFFFFFFF:08X}")
        self.code = code & 0xFFFFFFFF


class ReaderState(ctypes.Structure):
    _fields_ = [
        ("reader", ctypes.c_char_p),
        ("user_data", ctypes.c_void_p),
        ("current", ctypes.c_ulong),
        ("event", ctypes.c_ulong),
        ("atr_size", ctypes.c_ulong),
        ("atr", ctypes.c_ubyte * 33),
    ]


class IoRequest(ctypes.Structure):
    _fields_ = [("protocol", ctypes.c_ulong), ("size", ctypes.c_ulong)]


_library = ctypes.CDLL("libpcsclite.so.1")


def call(function, *arguments):
    code = getattr(_library, function)(*arguments)
    if code != 0:
        raise PcscError(function, code)


class Context:
    def __init__(self):
        self.handle = ctypes.c_long()
        call("SCardEstablishContext", SCOPE_SYSTEM, None, None, ctypes.byref(self.handle))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        _library.SCardReleaseContext(self.handle)

    def readers(self):
        names = ctypes.create_string_buffer(NAMES_MAX)
        size = ctypes.c_ulong(NAMES_MAX)
        try:
            call("SCardListReaders", self.handle, None, names, ctypes.byref(size))
        except PcscError as error:
            if error.code == NO_READERS_AVAILABLE:
                return []
            raise
        return [name.decode() for name in names.raw[: size.value].split(b"\0") if name]

    def states(self, readers):
        """The event state of each reader, as it is now."""
        array = (ReaderState * len(readers))()
        for state, reader in zip(array, readers):
            state.reader = reader.encode()
        if readers:
            call("SCardGetStatusChange", self.handle, ctypes.c_ulong(0), array, len(readers))
        return [state.event for state in array]

    def wait(self, satisfied, timeout_s):
        """Waits for satisfied({reader: state}) to be true; sleeps in the library between events.
        Returns the last states, satisfied or not."""
        deadline = time.monotonic() + timeout_s
        while True:
            readers = self.readers()
            states = dict(zip(readers, self.states(readers)))
            left_ms = int((deadline - time.monotonic()) * 1000)
            if satisfied(states) or left_ms <= 0:
                return states
            self._wait_for_event(states, left_ms)

    def _wait_for_event(self, states, timeout_ms):
        array = (ReaderState * (len(states) + 1))()
        for entry, (reader, state) in zip(array, states.items()):
            entry.reader = reader.encode()
            entry.current = state & ~0x0002  # without SCARD_STATE_CHANGED
        array[len(states)].reader = NOTIFICATION
        array[len(states)].current = len(states) << 16
        try:
            call("SCardGetStatusChange", self.handle, ctypes.c_ulong(timeout_ms), array, len(array))
        except PcscError as error:
            if error.code != TIMEOUT:
                raise


class Card:
    def __init__(self, context, reader, share=SHARE_SHARED):
        self.handle = ctypes.c_long()
        protocol = ctypes.c_ulong()
        call(
            "SCardConnect", context.handle, reader.encode(), ctypes.c_ulong(share),
            ctypes.c_ulong(PROTOCOL_T1), ctypes.byref(self.handle), ctypes.byref(protocol),
        )

    def transmit(self, command):
        """(response data, status word)"""
        request = IoRequest(PROTOCOL_T1, ctypes.sizeof(IoRequest))
        response = ctypes.create_string_buffer(RESPONSE_MAX)
        size = ctypes.c_ulong(RESPONSE_MAX)
        call(
            "SCardTransmit", self.handle, ctypes.byref(request), command,
            ctypes.c_ulong(len(command)), None, response, ctypes.byref(size),
        )
        answer = response.raw[: size.value]
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    def control(self, code, data=b""):
        response = ctypes.create_string_buffer(RESPONSE_MAX)
        size = ctypes.c_ulong()
        call(
            "SCardControl", self.handle, ctypes.c_ulong(code), data, ctypes.c_ulong(len(data)),
            response, ctypes.c_ulong(RESPONSE_MAX), ctypes.byref(size),
        )
        return response.raw[: size.value]

    def features(self):
        """{feature: control code}, PC/SC part 10, 2.2."""
        left = self.control(CM_IOCTL_GET_FEATURE_REQUEST)
        found = {}
        while left:
            tag, size = left[:2]
            found[tag] = int.from_bytes(left[2 : 2 + size], "big")
            left = left[2 + size :]
        return found

    def reset(self):
        protocol = ctypes.c_ulong()
        call(
            "SCardReconnect", self.handle, ctypes.c_ulong(SHARE_SHARED),
            ctypes.c_ulong(PROTOCOL_T1), ctypes.c_ulong(RESET_CARD), ctypes.byref(protocol),
        )

    def disconnect(self, disposition=RESET_CARD):
        call("SCardDisconnect", self.handle, ctypes.c_ulong(disposition))
