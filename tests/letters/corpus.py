#!/usr/bin/python3
"""PDFs made here by many producers, each signed twice: the pages look as before, and every judge says so.

Producers: Ghostscript (PDF 1.3 to 2.0, PDF/A-1b to 3b), groff, Chromium, Cairo, poppler, img2pdf, and each as
qpdf writes it anew (object streams, linearised, both, uncompressed).
"""

import concurrent.futures
import hashlib
import os
import pathlib
import subprocess
import tempfile
import unittest

from specimen import Specimen

SIGN_LETTER = os.environ["SIGN_LETTER"]
PIRADI = os.path.join(os.environ["PIRADI_BUILD"], "bin", "piradi")
DOTS_PER_INCH = "30"
AT_LEAST = 60

POSTSCRIPT = """%!PS
/Helvetica findfont 20 scalefont setfont
3 { 72 700 moveto (A letter to the ministry) show 0.2 0.4 0.8 setrgbcolor 72 300 200 80 rectfill showpage } repeat
"""
PDFA = """%!PS
[ /_objdef {icc} /type /stream /OBJ pdfmark
[ {icc} << /N 3 >> /PUT pdfmark
[ {icc} (PROFILE) (r) file /PUT pdfmark
[ /_objdef {intent} /type /dict /OBJ pdfmark
[ {intent} << /Type /OutputIntent /S /GTS_PDFA1 /DestOutputProfile {icc} /OutputConditionIdentifier (sRGB) >> /PUT pdfmark
[ {Catalog} << /OutputIntents [ {intent} ] >> /PUT pdfmark
"""
ROFF = ".TL\nA letter\n.AU\nNino\n.PP\n" + "I owe you 100 GEL. " * 400
PAGE = """<!doctype html><meta charset=utf-8><title>წერილი</title><h1>განცხადება</h1>
<p>გთხოვთ, განიხილოთ ჩემი განცხადება.</p><p style="break-before: page">მეორე გვერდი</p><a href="https://a.ge">ბმული</a>"""
REWRITTEN = {
    "streams": ["--object-streams=generate"],
    "linear": ["--linearize", "--object-streams=disable"],
    "linear-streams": ["--linearize", "--object-streams=generate"],
    "plain": ["--qdf", "--object-streams=disable"],
}


def run(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=100, **options).stdout


class Corpus:
    def __init__(self, folder):
        self.folder = folder
        self.source = folder / "a.ps"
        self.source.write_text(POSTSCRIPT)
        self.image = folder / "a.png"
        run("convert", "-size", "120x160", "gradient:red-blue", self.image)

    def to(self, name):
        return self.folder / f"{name}.pdf"

    def ghostscript(self, name, *options):
        run("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", f"-sOutputFile={self.to(name)}", *options, self.source)

    def pdfa(self, part):
        prefix = self.folder / f"pdfa-{part}.ps"
        profile = next(pathlib.Path("/usr/share/color/icc/ghostscript").glob("srgb.icc"))
        prefix.write_text(PDFA.replace("PROFILE", str(profile)))
        self.ghostscript(f"pdfa-{part}", f"-dPDFA={part}", "-dPDFACompatibilityPolicy=2", "-sColorConversionStrategy=RGB",
                         f"--permit-file-read={profile}", prefix)

    def make_sources(self):
        for version in ("1.3", "1.4", "1.5", "1.7", "2.0"):
            self.ghostscript(f"ghostscript-{version}", f"-dCompatibilityLevel={version}")
        for part in (1, 2, 3):
            self.pdfa(part)
        self.to("groff").write_bytes(subprocess.run(["groff", "-Tpdf", "-ms"], input=ROFF.encode(), check=True,
                                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
        run("img2pdf", "-o", self.to("img2pdf"), self.image)
        run("pdftocairo", "-pdf", self.to("ghostscript-1.4"), self.to("cairo"))
        run("pdfunite", self.to("groff"), self.to("cairo"), self.to("poppler"))
        page = self.folder / "a.html"
        page.write_text(PAGE)
        run("chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={self.folder}/profile",
            f"--print-to-pdf={self.to('chromium')}", page.as_uri())

    def rewrite(self, name, how):
        """qpdf exits with 3 where it had to warn of the source; what it writes is sound."""
        made = self.to(f"{name}-{how}")
        subprocess.run(["qpdf", *REWRITTEN[how], self.to(name), made], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
        return made

    def make(self):
        self.make_sources()
        names = sorted(path.stem for path in self.folder.glob("*.pdf"))
        for name in names:
            for how in REWRITTEN:
                self.rewrite(name, how)
        self.mis_sized = self.to("poppler").rename(self.folder / "mis-sized")
        return sorted(self.folder.glob("*.pdf"))


def pixels(path):
    return hashlib.sha256(run("pdftoppm", "-r", DOTS_PER_INCH, path)).hexdigest()


class CorpusTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="corpus-", dir="/tmp")
        cls.addClassCleanup(cls.temporary.cleanup)
        folder = pathlib.Path(cls.temporary.name)
        (folder / "pdf").mkdir()
        cls.specimen = Specimen(folder)
        corpus = Corpus(folder / "pdf")
        cls.documents = corpus.make()
        cls.mis_sized = corpus.mis_sized

    def sign(self, document, suffix=".signed"):
        made = document.with_suffix(document.suffix + suffix)
        run(SIGN_LETTER, document, made, self.specimen.certificate, self.specimen.key, self.specimen.root)
        return made

    def verdicts(self, document):
        """Of each signature, by ourselves and by poppler; qpdf finds nothing to mend."""
        told = run(PIRADI, "verify", document, "--trust", self.specimen.trust).decode()
        poppler = run("pdfsig", "-nocert", document).decode()
        run("qpdf", "--check", document)
        return told.count(": valid\n"), poppler.count("Signature is Valid"), poppler.count("Total document signed")

    def look_at(self, document):
        once = self.sign(document)
        twice = self.sign(once)
        return (document.name, self.verdicts(twice), pixels(twice) == pixels(document),
                twice.read_bytes().startswith(once.read_bytes()), once.read_bytes().startswith(document.read_bytes()))

    def test_each_is_signed_and_looks_as_before(self):
        self.assertGreaterEqual(len(self.documents), AT_LEAST)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for name, verdicts, *unchanged in pool.map(self.look_at, self.documents):
                with self.subTest(name):
                    self.assertEqual(verdicts, (2, 2, 1))
                    self.assertEqual(unchanged, [True, True, True])

    def test_what_readers_mend_differently_is_refused(self):
        """This poppler's pdfunite writes a /Size below its highest objects, which then are undefined (ISO 32000-1, table 15)."""
        with self.assertRaises(subprocess.CalledProcessError) as refused:
            self.sign(self.mis_sized)
        self.assertIn(b"DOCUMENT_DAMAGED", refused.exception.output)

    def test_pdfa_stays_pdfa(self):
        """What makes it PDF/A (ISO 19005-1, 6.2.2, 6.7.11) is still in the newest catalogue, and each field can be printed
        and has its appearance (6.5.3, 6.9)."""
        for part in (1, 2, 3):
            signed = self.sign(self.specimen.trust.parent / "pdf" / f"pdfa-{part}.pdf", ".again")
            plain = run("qpdf", "--qdf", "--object-streams=disable", signed, "-").decode("latin-1")
            for word in ("/OutputIntents", "/GTS_PDFA1", "/Metadata", f"pdfaid:part='{part}'", "/F 132", "/AP <<"):
                self.assertTrue(word in plain, word)


if __name__ == "__main__":
    unittest.main()
