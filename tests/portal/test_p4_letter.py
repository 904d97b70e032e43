"""P4: a letter is verified before it is accepted."""
import subprocess
import unittest

import portal


class Letter(portal.Case):
    def draft(self, client, **changes):
        answer = client.compose(**changes)
        self.assertEqual(answer.status, 201, answer.body)
        letter = answer.json["id"]
        pdf = client.get(f"/api/letters/{letter}/draft.pdf")
        self.assertEqual((pdf.status, pdf.headers["Content-Type"]), (200, "application/pdf"))
        return letter, pdf.body

    def state(self, client, letter):
        return client.get(f"/api/letters/{letter}").json["state"]

    def not_accepted(self, client, letter, signed, status, code):
        self.refused(client.send(letter, signed), status, code)
        self.assertEqual(self.state(client, letter), "draft")

    def test_a_signed_letter_is_sent(self):
        client = self.logged_in()
        letter, draft = self.draft(client)
        signed = self.portal.sign(draft, self.people.sign)
        answer = client.send(letter, signed)
        self.assertEqual((answer.status, answer.json["state"]), (200, "sent"), answer.body)
        stored = client.get(f"/api/letters/{letter}/signed.pdf")
        self.assertEqual(stored.body, signed)
        self.assertIn("attachment", stored.headers["Content-Disposition"])
        self.assertIn(letter, [each["id"] for each in client.get("/api/letters").json["letters"]])
        self.refused(client.send(letter, signed), 404, "OPERATION_UNKNOWN")
        self.refused(client.request("DELETE", f"/api/letters/{letter}"), 404, "OPERATION_UNKNOWN")

    def test_pdfsig_agrees(self):
        client = self.logged_in()
        letter, draft = self.draft(client)
        client.send(letter, self.portal.sign(draft, self.people.sign))
        path = self.portal.folder / "stored.pdf"
        path.write_bytes(client.get(f"/api/letters/{letter}/signed.pdf").body)
        said = subprocess.run(["pdfsig", path], capture_output=True, text=True).stdout
        self.assertIn("Signature is Valid", said)
        self.assertIn("Total document signed", said)

    def test_the_draft_itself_is_refused(self):
        client = self.logged_in()
        letter, draft = self.draft(client)
        self.not_accepted(client, letter, draft, 422, "DOCUMENT_DAMAGED")

    def test_another_draft_signed_is_refused(self):
        client = self.logged_in()
        letter, _ = self.draft(client)
        _, other = self.draft(client, text="სულ სხვა წერილი.")
        signed = self.portal.sign(other, self.people.sign)
        self.not_accepted(client, letter, signed, 422, "DOCUMENT_DAMAGED")

    def test_a_changed_byte_anywhere_is_refused(self):
        client = self.logged_in()
        letter, draft = self.draft(client)
        signed = self.portal.sign(draft, self.people.sign)
        contents = signed.index(b"/Contents <") + 200
        places = [0, 20, len(draft) // 2, len(draft) - 3, len(draft) + 3, contents, len(signed) - 2]
        for place in places:
            with self.subTest(place=place, size=len(signed)):
                changed = bytearray(signed)
                changed[place] ^= 1
                answer = client.send(letter, bytes(changed))
                self.assertIn(answer.status, (400, 409, 422), answer.body)
                self.assertEqual(self.state(client, letter), "draft")

    def test_something_after_the_signature_is_refused(self):
        client = self.logged_in()
        letter, draft = self.draft(client)
        signed = self.portal.sign(draft, self.people.sign)
        for more in (b"\n", b"% a comment\n", draft):
            self.not_accepted(client, letter, signed + more, 422, "DOCUMENT_DAMAGED")
        self.not_accepted(client, letter, signed[:-1], 422, "DOCUMENT_DAMAGED")

    def test_a_second_signature_is_refused(self):
        client = self.logged_in()
        letter, draft = self.draft(client)
        once = self.portal.sign(draft, self.people.sign)
        twice = self.portal.sign(once, self.people.sign)
        self.not_accepted(client, letter, twice, 422, "DOCUMENT_DAMAGED")

    def test_another_citizens_signature_is_refused(self):
        client = self.logged_in()
        letter, draft = self.draft(client)
        signed = self.portal.sign(draft, self.people.other_sign)
        self.not_accepted(client, letter, signed, 403, "SIGNER_IS_ANOTHER")

    def test_the_wrong_certificate_is_refused(self):
        client = self.logged_in()
        letter, draft = self.draft(client)
        for identity, code in ((self.people.login, "CERTIFICATE_NOT_FOR_THIS_USE"),
                               (self.people.foreign_sign, "CERTIFICATE_UNTRUSTED"),
                               (self.people.expired_sign, "CERTIFICATE_EXPIRED")):
            with self.subTest(code):
                signed = self.portal.sign(draft, identity)
                self.not_accepted(client, letter, signed, 409, code)

    def test_nonsense_is_refused(self):
        client = self.logged_in()
        letter, _ = self.draft(client)
        for nonsense in (b"", b"%PDF-1.7\n", b"x" * 100000):
            self.not_accepted(client, letter, nonsense, 422, "DOCUMENT_DAMAGED")

    def test_another_citizens_letter_is_not_there(self):
        mine, other = self.logged_in(), self.logged_in(self.people.other_login)
        letter, draft = self.draft(mine)
        signed = self.portal.sign(draft, self.people.other_sign)
        for path in ("", "/draft.pdf", "/signed.pdf", "/pages/1"):
            self.refused(other.get(f"/api/letters/{letter}{path}"), 404, "OPERATION_UNKNOWN")
        self.refused(other.send(letter, signed), 404, "OPERATION_UNKNOWN")
        self.refused(other.request("DELETE", f"/api/letters/{letter}"), 404, "OPERATION_UNKNOWN")
        self.assertEqual(other.get("/api/letters").json, {"letters": []})

    def test_the_pages_are_shown(self):
        client = self.logged_in()
        letter, _ = self.draft(client, text="\n".join(["სტრიქონი"] * 100))
        pages = client.get(f"/api/letters/{letter}").json["pages"]
        self.assertGreater(pages, 1)
        for page in range(1, pages + 1):
            answer = client.get(f"/api/letters/{letter}/pages/{page}")
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "image/png"))
        for page in ("0", str(pages + 1), "01", "1x", "-1"):
            answer = client.get(f"/api/letters/{letter}/pages/{page}")
            self.refused(answer, 404, "OPERATION_UNKNOWN")

    def test_what_cannot_be_a_letter_is_refused(self):
        client = self.logged_in()
        for changes in ({"body": "nobody"}, {"subject": ""}, {"text": " \n"}, {"text": 7},
                        {"subject": "ა" * 201}, {"text": "ა" * 20001}, {"more": "x"},
                        {"text": "\u202e"}, {"subject": "a\nb"}, {"text": "ა\n" * 9000}):
            with self.subTest(str(changes)[:40]):
                self.refused(client.compose(**changes), 400, "BAD_REQUEST")

    def test_a_draft_can_be_discarded(self):
        client = self.logged_in()
        letter, _ = self.draft(client)
        self.assertEqual(client.request("DELETE", f"/api/letters/{letter}").status, 204)
        self.refused(client.get(f"/api/letters/{letter}"), 404, "OPERATION_UNKNOWN")


unittest.main()
