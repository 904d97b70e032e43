"""Looks for a PIN in everything that a process has in memory. The reader must have CAP_SYS_PTRACE over it: our processes
close their memory to their own user."""

import errno

FORMS = ("ascii", "utf-16-le", "utf-32-le")


def areas(pid):
    """Every readable piece of memory, but the kernel's own, pages of a file that cannot be written, which hold what the
    file does, and pages past a file's end."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps.readlines():
            span, rights, _, _, inode = line.split()[:5]
            at, end = (int(text, 16) for text in span.split("-"))
            if "r" not in rights or "[v" in line or (inode != "0" and "w" not in rights):
                continue
            while at < end:
                try:
                    memory.seek(at)
                    piece = memory.read(end - at)
                except OSError as error:
                    if error.errno != errno.EIO:
                        raise
                    break
                yield piece
                at += len(piece)


def copy(pid):
    """What can be looked through later, when the process has gone on."""
    return list(areas(pid))


def count_in(pieces, words):
    """How often each word is there, as bytes, UTF-16 or UTF-32."""
    forms = {word: [word.encode(form) for form in FORMS] for word in words}
    counts = dict.fromkeys(words, 0)
    for piece in pieces:
        for word, variants in forms.items():
            counts[word] += sum(piece.count(variant) for variant in variants)
    return counts


def count(pid, words):
    return count_in(areas(pid), words)
