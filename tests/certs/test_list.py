#!/usr/bin/python3
"""Trusted lists, signed by the xmlsec1 program: status and its history, and every list that must not be believed."""

import base64
import json
import pathlib
import subprocess
import tempfile
import unittest

import pki
from pki import DAY, NOW, issue
from stage import TOOL

LIST = TOOL.with_name("certs-list")
TSL, DSIG = "http://uri.etsi.org/02231/v2#", "http://www.w3.org/2000/09/xmldsig#"
SVC, STATUS = "http://uri.etsi.org/TrstSvc/Svctype/", "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
MORE, SHA256 = "http://www.w3.org/2001/04/xmldsig-more#", "http://www.w3.org/2001/04/xmlenc#sha256"


def when(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(time):
    return str(int((time - pki.datetime.datetime(1970, 1, 1)).total_seconds()))


def template(reference="", algorithm="ecdsa-sha256", transforms=None, method=MORE, digest=SHA256):
    steps = transforms if transforms is not None else [DSIG + "enveloped-signature", EXCLUSIVE]
    return (f'<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
            f'<ds:SignatureMethod Algorithm="{method}{algorithm}"/><ds:Reference URI="{reference}"><ds:Transforms>'
            + "".join(f'<ds:Transform Algorithm="{step}"/>' for step in steps) +
            f'</ds:Transforms><ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>'
            '<ds:SignatureValue/></ds:Signature>')


def status(word, since):
    return f"<ServiceStatus>{STATUS}{word}</ServiceStatus><StatusStartingTime>{when(since)}</StatusStartingTime>"


def service(party, word="granted", since=NOW - 100 * DAY, history=(), kind="CA/QC"):
    past = "".join(f"<ServiceHistoryInstance>{status(*entry)}</ServiceHistoryInstance>" for entry in history)
    text = base64.encodebytes(party.der).decode()
    return (f"<TSPService><ServiceInformation><ServiceTypeIdentifier>{SVC}{kind}</ServiceTypeIdentifier>"
            f"<ServiceDigitalIdentity><DigitalId><X509Certificate>{text}</X509Certificate></DigitalId>"
            f"<DigitalId><X509SubjectName>CN=x</X509SubjectName></DigitalId></ServiceDigitalIdentity>{status(word, since)}"
            f"</ServiceInformation><ServiceHistory>{past}</ServiceHistory></TSPService>")


def list_of(services, signature=None, sequence=7, issued=NOW, after=NOW + 30 * DAY, version=6, space=TSL,
            root="TrustServiceStatusList", begin=""):
    later = f"<dateTime>{when(after)}</dateTime>" if after else ""
    return (f'{begin}<{root} xmlns="{space}" Id="list"><SchemeInformation><TSLVersionIdentifier>{version}'
            f"</TSLVersionIdentifier><TSLSequenceNumber>{sequence}</TSLSequenceNumber><SchemeTerritory>GE"
            f"</SchemeTerritory><ListIssueDateTime>{when(issued)}</ListIssueDateTime><NextUpdate>{later}</NextUpdate>"
            f"</SchemeInformation><TrustServiceProviderList><TrustServiceProvider><TSPServices>{services}"
            f"</TSPServices></TrustServiceProvider></TrustServiceProviderList>"
            f"{template() if signature is None else signature}</{root}>")


class Lists(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="list-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.operator, cls.stranger = (issue(None, "SPECIMEN Operator") for _ in range(2))
        cls.ca, cls.other = (issue(None, f"SPECIMEN CA {number}", ca=True) for number in range(2))
        cls.good = service(cls.ca)

    def pem(self, party):
        path = self.folder / f"{id(party)}.pem"
        path.write_bytes(party.pem)
        return path

    def sign(self, text, signer=None):
        """Bytes."""
        source, key = self.folder / "unsigned.xml", self.folder / "key.pem"
        source.write_text(text)
        key.write_bytes((signer or self.operator).key_pem())
        done = subprocess.run(["xmlsec1", "--sign", "--privkey-pem", key, "--id-attr:Id", f"{TSL}:TrustServiceStatusList",
                               source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def read(self, data, *authorities):
        path = self.folder / "list.xml"
        path.write_bytes(data)
        words = [word for party, at in authorities for word in (self.pem(party), seconds(at))]
        done = subprocess.run([LIST, path, seconds(NOW), self.pem(self.operator), *words], stdout=subprocess.PIPE,
                              check=True, timeout=60)
        return json.loads(done.stdout)

    def test_status_and_its_history(self):
        history = [("withdrawn", NOW - 200 * DAY), ("undersupervision", NOW - 300 * DAY)]
        services = (service(self.ca, history=history) + service(self.other, "withdrawn", NOW - 50 * DAY,
                                                                [("granted", NOW - 90 * DAY)]))
        found = self.read(self.sign(list_of(services)), *[(self.ca, NOW - age * DAY) for age in (0, 101, 201, 301)],
                          *[(self.other, NOW - age * DAY) for age in (49, 51, 91)], (self.stranger, NOW))
        self.assertEqual(found, {"territory": "GE", "sequence": 7, "services": 2,
                                 "next_update": int(seconds(NOW + 30 * DAY)),
                                 "grants": [True, False, True, False, False, True, False, False]})
        found = self.read(self.sign(list_of(service(self.ca, kind="TSA/QTST"), after=None)), (self.ca, NOW))
        self.assertEqual((found["grants"], found["next_update"]), ([False], 0))
        twin = issue(None, "SPECIMEN CA 0", ca=True)  # of the same name, with another key
        self.assertEqual(self.read(self.sign(list_of(self.good)), (twin, NOW), (self.ca, NOW))["grants"], [False, True])

    def test_signed_by_rsa(self):
        type(self).operator, before = issue(None, "SPECIMEN Operator", key="RSA-2048"), self.operator
        self.addCleanup(setattr, type(self), "operator", before)
        found = self.read(self.sign(list_of(self.good, template(algorithm="rsa-sha256"))), (self.ca, NOW))
        self.assertEqual(found.get("grants"), [True], found)

    def test_lists_that_are_not_believed(self):
        good = self.sign(list_of(self.good)).decode()
        self.assertNotIn("fault", self.read(good.encode()))
        unsigned = list_of(self.good, "")
        inner = good[good.index("<TrustServiceStatusList"):]
        evil = unsigned.replace("</TrustServiceStatusList>", "")
        signature = good[good.index("<ds:Signature"):good.index("</ds:Signature>") + len("</ds:Signature>")]
        bomb = "<!DOCTYPE a [<!ENTITY a 'aaaa'>" + "".join(
            f"<!ENTITY {chr(98 + i)} '{('&' + chr(97 + i) + ';') * 10}'>" for i in range(9)) + "]>"
        external = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        by_id = template("#list")
        for name, data, fault in (
                ("not signed", unsigned, "signature"), ("by a stranger", self.sign(list_of(self.good), self.stranger), "operator"),
                ("changed", good.replace("granted", "withdrawn"), "operator"),
                ("a space more", good.replace("<SchemeTerritory>", "<SchemeTerritory> "), "operator"),
                ("signed twice", good.replace("</TrustServiceStatusList>", signature + "</TrustServiceStatusList>"), "exactly one"),
                ("wrapped: the signed list inside another", evil + inner + "</TrustServiceStatusList>", "child of the root"),
                ("wrapped: its signature moved up", evil + inner.replace(signature, "") + signature + "</TrustServiceStatusList>",
                 "operator"),
                ("wrapped: an unsigned list before", good.replace("<SchemeInformation>", evil[evil.index("<SchemeInformation"):] +
                                                                  "<SchemeInformation>"), "operator"),
                ("by its Id alone", self.sign(list_of(self.good, by_id)), "operator"),
                ("a part of it", self.sign(list_of(self.good.replace("<TSPService>", '<TSPService Id="part">'), template(
                    "#xpointer(id('list'))"))), "operator"),
                ("SHA-1", self.sign(list_of(self.good, template(algorithm="ecdsa-sha1", digest=DSIG + "sha1"))), "operator"),
                ("inclusive C14N", self.sign(list_of(self.good, template(transforms=[
                    DSIG + "enveloped-signature", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"]))), "operator"),
                ("another transform", self.sign(list_of(self.good, template(transforms=[
                    DSIG + "enveloped-signature", EXCLUSIVE]))).replace(b"enveloped-signature", b"base64"), "operator"),
                ("another namespace", self.sign(list_of(self.good, space="http://example.test/")), "no trusted list"),
                ("another root", self.sign(list_of(self.good, root="List")), "no trusted list"),
                ("an old version", self.sign(list_of(self.good, version=4)), "version"),
                ("a later version", self.sign(list_of(self.good, version=7)), "version"),
                ("no number", self.sign(list_of(self.good, sequence="x")), "number"),
                ("from the future", self.sign(list_of(self.good, issued=NOW + DAY)), "future"),
                ("a certificate that is none", self.sign(list_of(self.good.replace("<X509Certificate>", "<X509Certificate>A"))),
                 "service"),
                ("a service without status", self.sign(list_of(self.good.replace("ServiceStatus>", "Status>"))), "service"),
                ("an entity bomb", bomb + unsigned.replace("GE", "&j;"), "well-formed"),
                ("an external entity", external + unsigned.replace("GE", "&a;"), "well-formed"),
                ("a harmless DTD", "<!DOCTYPE TrustServiceStatusList>" + inner, "DTD"),
                ("cut off", good[:-9], "well-formed"), ("no XML", "list", "well-formed"), ("empty", "", "well-formed"),
                ("huge", good + " " * (17 << 20), "too large"), ("deep", "<a>" * 5000, "well-formed")):
            with self.subTest(name):
                found = self.read(data if isinstance(data, bytes) else data.encode())
                self.assertIn(fault, found.get("fault", ""), found)


if __name__ == "__main__":
    unittest.main()
