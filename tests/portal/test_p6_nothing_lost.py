"""P6, as far as one node goes: what was answered with 200 is there after kill -9."""
import signal
import unittest

import portal


class Crash(portal.Case):
    def test_a_sent_letter_survives(self):
        for _ in range(5):
            client = self.logged_in()
            letter = client.compose().json["id"]
            draft = client.get(f"/api/letters/{letter}/draft.pdf").body
            signed = self.portal.sign(draft, self.people.sign)
            self.assertEqual(client.send(letter, signed).status, 200)
            self.portal.stop(signal.SIGKILL)
            self.portal.start()
            self.assertEqual(client.get(f"/api/letters/{letter}").json["state"], "sent")
            self.assertEqual(client.get(f"/api/letters/{letter}/signed.pdf").body, signed)


unittest.main()
