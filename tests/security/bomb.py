#!/usr/bin/python3
"""Rule A9: hostile PDFs through the agent end with a message and harm nobody: no window is shown, the processes that read
them are gone, the agent serves on."""

import pathlib
import resource
import unittest
import zlib

import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "agent"))
import person  # noqa: E402
import running_agent  # noqa: E402

REFUSED = {"DOCUMENT_DAMAGED", "DOCUMENT_TOO_LARGE", "POLICY_REFUSED"}
PIECE = b"0 0 9 9 re f\n" * 100_000
CPU_SECONDS = 3  # less than the renderer takes by itself, whose own limit unit.document looks at
PIECES = 800  # about a gibibyte


def packed():
    """So many rectangles, in some kibibytes."""
    packer = zlib.compressobj(9)
    return zlib.compress(b"".join(packer.compress(PIECE) for _ in range(PIECES)) + packer.flush(), 9)


def pdf(content, filters, media_box=(595, 842), resources=b"<< >>", more=()):
    box = b"[0 0 %d %d]" % media_box
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R /Resources %s >>" % (box, resources),
               b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), filters, content), *more]
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)


def form_that_shows_forms(depth, times):
    """Each form shows the next so many times: times to the power of depth in all."""
    forms = []
    for number in range(5, 5 + depth):
        last = number == 4 + depth
        content = b"0 0 1 1 re f" if last else b"/F Do " * times
        resources = b"<< >>" if last else b"<< /XObject << /F %d 0 R >> >>" % (number + 1)
        forms.append(b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources %s /Length %d >>\nstream\n%s\n"
                     b"endstream" % (resources, len(content), content))
    return pdf(b"/F Do", b"", resources=b"<< /XObject << /F 5 0 R >> >>", more=forms)


class Bomb(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = running_agent.RunningAgent()
        resource.prlimit(cls.agent.process.pid, resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))

    @classmethod
    def tearDownClass(cls):
        status = cls.agent.end()
        cls.agent.remove()
        assert status == 0, cls.agent.log

    def refuses(self, content):
        with self.agent.connect() as client:
            client.send(command="sign", origin=running_agent.ORIGIN, name="bomb.pdf", media_type="application/pdf",
                        size=len(content))
            client.send_data(content)
            self.assertIn(client.receive()["status"], REFUSED)
        self.assertEqual(person.windows(), [])
        person.until(lambda: "piradi-document" not in self.agent.children(), "the document process to end")
        self.assertEqual(self.agent.ask(command="status")["status"], "OK")

    def test_a_page_that_unpacks_to_a_gibibyte(self):
        self.refuses(pdf(packed(), b"/Filter [/FlateDecode /FlateDecode]"))

    def test_forms_in_forms(self):
        self.refuses(form_that_shows_forms(depth=12, times=12))

    def test_a_page_tree_without_end(self):
        self.refuses(pdf(b"", b"").replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"))

    def test_brackets_without_end(self):
        self.refuses(pdf(b"", b"", resources=b"[" * 1_000_000))


if __name__ == "__main__":
    unittest.main(verbosity=2)
