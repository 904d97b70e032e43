"""The specimen PKI and card images in BUILD/specimen, made when they are not there.

Several runs may want them at once: one makes them, under a lock, and the others wait.
"""

import contextlib
import fcntl
import json
import pathlib
import shutil
import subprocess
import typing

HERE = pathlib.Path(__file__).resolve().parent
HOLDERS = [HERE / "specimen" / f"{name}.json" for name in ("nino-beridze", "giorgi-kapanadze")]
MAKE_PKI, MAKE_CARD = HERE / "make-pki", HERE / "make-card"
PKI_KEYS = "rsa3072"  # what make-pki makes when nothing is said


class Kind(typing.NamedTuple):
    """What is alike in all cards of a run."""

    layout: str  # a file of tests/card/specimen
    keys: str  # a kind of make-pki's
    transport: bool  # the signature PIN is not set yet
    padded_rsa: bool = False  # the card declares that it signs what has been padded

    def folder(self):
        transport = "-transport" if self.transport else ""
        padded = "-padded" if self.padded_rsa else ""
        return f"{self.layout}-{self.keys}{transport}{padded}"

    def layout_file(self):
        return HERE / "specimen" / f"{self.layout}.json"


class Specimens:
    def __init__(self, build):
        self.folder = build / "specimen"
        self.pki = self.folder / "pki"

    @contextlib.contextmanager
    def lock(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def make_pki(self):
        with self.lock():
            self.make_pki_locked()

    def make_pki_locked(self):
        """Keys take seconds. Made aside and renamed: a half PKI is never seen."""
        sources = [MAKE_PKI, HERE / "der.py", *HOLDERS]
        if is_fresh(self.pki / "trust", sources):
            return
        fresh = self.folder / "pki.new"
        shutil.rmtree(fresh, ignore_errors=True)
        holders = [f"--holder={path}" for path in HOLDERS]
        subprocess.run([MAKE_PKI, fresh, "--variants", *holders], check=True)
        shutil.rmtree(self.pki, ignore_errors=True)
        fresh.rename(self.pki)

    def credentials(self, number, keys):
        """The folder with certificates and keys of the card with that number."""
        holder = self.pki / HOLDERS[number % len(HOLDERS)].stem
        return holder if keys == PKI_KEYS else holder / keys

    def make_credentials_locked(self, number, keys):
        self.make_pki_locked()
        if not self.credentials(number, keys).exists():
            holder = HOLDERS[number % len(HOLDERS)]
            subprocess.run([MAKE_PKI, self.pki, "--holder", holder, "--add", keys], check=True)

    def image(self, number, kind, seed=None):
        """The image of the card with that number, from 0 on; holders take turns."""
        holder = HOLDERS[number % len(HOLDERS)]
        suffix = "" if seed is None else f"-seed-{seed}"
        image = self.folder / kind.folder() / f"{holder.stem}{suffix}.json"
        with self.lock():
            self.make_credentials_locked(number, kind.keys)
            image.parent.mkdir(exist_ok=True)
            sources = [
                MAKE_CARD, HERE / "der.py", HERE / "pkcs15.py", kind.layout_file(), holder,
                self.pki / "trust",
            ]
            if not is_fresh(image, sources):
                options = ["--transport"] if kind.transport else []
                options += ["--padded-rsa"] if kind.padded_rsa else []
                options += [] if seed is None else ["--seed", str(seed), "--shuffle"]
                subprocess.run(
                    [
                        MAKE_CARD, image, "--specimen", holder, "--pki", self.pki,
                        "--credentials", self.credentials(number, kind.keys),
                        "--layout", kind.layout_file(), *options,
                    ],
                    check=True,
                )
        return image


def is_fresh(product, sources):
    if not product.exists():
        return False
    made = product.stat().st_mtime_ns
    return all(source.stat().st_mtime_ns <= made for source in sources)


def pins_of(image):
    """The PINs of a card image by role: auth, sign, puk, transport."""
    content = json.loads(pathlib.Path(image).read_text())
    return content["specimen"]["pins"]
