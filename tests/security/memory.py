"""Looks for a PIN in everything that a process has in memory. The reader must have CAP_SYS_PTRACE over it: our processes
close their memory to their own user."""

import array
import mmap

PAGE = mmap.PAGESIZE
FORMS = ("ascii", "utf-16-le", "utf-32-le")


def pieces(pagemap, at, end):
    """The stretches of an area that hold anything (proc(5), pagemap: bit 63 in memory, bit 62 in swap)."""
    pagemap.seek(at // PAGE * 8)
    entries = array.array("Q", pagemap.read((end - at) // PAGE * 8))
    begin = None
    for index, entry in enumerate(entries):
        page = at + index * PAGE
        if entry >> 62 and begin is None:
            begin = page
        elif not entry >> 62 and begin is not None:
            yield begin, page
            begin = None
    if begin is not None:
        yield begin, at + len(entries) * PAGE


def areas(pid):
    """Every readable piece of memory, but the kernel's own, pages of a file that cannot be written, which hold what the
    file does, and pages that were never touched."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
            open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pagemap, \
            open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps.readlines():
            span, rights, _, _, inode = line.split()[:5]
            at, end = (int(text, 16) for text in span.split("-"))
            if "r" not in rights or "[v" in line or (inode != "0" and "w" not in rights):
                continue
            for begin, stop in pieces(pagemap, at, end):
                while begin < stop:
                    memory.seek(begin)
                    piece = memory.read(stop - begin)
                    yield piece
                    begin += len(piece)


def copy(pid):
    """What can be looked through later, when the process has gone on."""
    return list(areas(pid))


def count_in(found, words):
    """How often each word is there, as bytes, UTF-16 or UTF-32."""
    forms = {word: [word.encode(form) for form in FORMS] for word in words}
    counts = dict.fromkeys(words, 0)
    for piece in found:
        for word, variants in forms.items():
            counts[word] += sum(piece.count(variant) for variant in variants)
    return counts


def count(pid, words):
    return count_in(areas(pid), words)
