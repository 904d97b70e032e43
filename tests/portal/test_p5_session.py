"""P5: cookies, rotation, CSRF, headers, limits; and what reaches a handler at all."""
import unittest

import portal


class Session(portal.Case):
    def test_the_cookie_is_locked_down(self):
        client = self.client()
        words = [part.strip() for part in client.begin().headers["Set-Cookie"].split(";")]
        self.assertRegex(words[0], r"^__Host-piradi-session=[0-9a-f]{64}$")
        self.assertEqual(set(words[1:]), {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"})

    def test_login_rotates_cookie_and_csrf(self):
        client = self.client()
        client.begin()
        before, csrf = client.cookie, client.csrf
        answer = client.post("/api/login",
                             {"token": self.people.login.token(portal.ORIGIN, client.nonce())})
        self.assertNotEqual(client.cookie, before)
        self.assertNotEqual(answer.json["csrf"], csrf)
        old = self.client()
        old.cookie = before
        self.refused(old.get("/api/letters"), 401, "SESSION_EXPIRED")

    def test_logout_ends_it(self):
        client = self.logged_in()
        cookie = client.cookie
        answer = client.post("/api/logout")
        self.assertEqual(answer.status, 204)
        self.assertIn("Max-Age=0", answer.headers["Set-Cookie"])
        client.cookie = cookie
        self.refused(client.get("/api/letters"), 401, "SESSION_EXPIRED")

    def test_it_ends_by_itself(self):
        client = self.logged_in()
        self.portal.database("UPDATE session SET used = used - 1801")
        self.refused(client.get("/api/letters"), 401, "SESSION_EXPIRED")

    def test_the_database_holds_no_cookie(self):
        client = self.logged_in()
        for row in self.portal.database("SELECT hex(key), csrf FROM session"):
            self.assertNotIn(client.cookie, (row[0].lower(), row[1]))

    def test_letters_need_a_login(self):
        client = self.client()
        for answer in (client.get("/api/letters"), client.get("/api/bodies")):
            self.refused(answer, 401, "SESSION_EXPIRED")
        client.begin()
        for answer in (client.get("/api/letters"), client.compose(),
                       client.send("0" * 32, b"%PDF")):
            self.refused(answer, 401, "SESSION_EXPIRED")

    def test_a_post_needs_the_csrf_token(self):
        client = self.logged_in()
        other = self.logged_in()
        for token in ("", "0" * 64, other.csrf, client.csrf[:-1]):
            self.refused(client.compose_with(X_CSRF_Token=token), 403, "ORIGIN_NOT_ALLOWED")
        self.refused(client.compose_with(drop=("X-CSRF-Token",)), 403, "ORIGIN_NOT_ALLOWED")
        self.assertEqual(client.get("/api/letters").json, {"letters": []})

    def test_a_post_needs_the_portals_origin(self):
        client = self.logged_in()
        for origin in ("null", "https://evil.test", portal.ORIGIN + ".evil.test",
                       portal.ORIGIN + ":443", portal.ORIGIN.upper(), "http://" + portal.HOST):
            self.refused(client.compose_with(Origin=origin), 403, "ORIGIN_NOT_ALLOWED")
        self.refused(client.compose_with(drop=("Origin",)), 403, "ORIGIN_NOT_ALLOWED")
        self.refused(client.compose_with(Sec_Fetch_Site="cross-site"), 403, "ORIGIN_NOT_ALLOWED")
        self.refused(client.get("/api/letters", Origin="https://evil.test"), 403,
                     "ORIGIN_NOT_ALLOWED")
        self.assertEqual(client.get("/api/letters").json, {"letters": []})

    def test_every_answer_has_the_headers(self):
        client = self.logged_in()
        for path in ("/", "/letters", "/new", "/letter", "/style.css", "/piradi.js", "/login.js",
                     "/absent", "/api/session", "/api/letters", "/api/absent"):
            with self.subTest(path):
                headers = client.get(path).headers
                policy = headers["Content-Security-Policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertIn("connect-src 'self' http://127.0.0.1:27310", policy)
                self.assertIn("frame-ancestors 'none'", policy)
                self.assertNotIn("unsafe", policy)
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(headers["Referrer-Policy"], "no-referrer")
                self.assertIn("max-age=", headers["Strict-Transport-Security"])
                self.assertIsNone(headers["Access-Control-Allow-Origin"])
                self.assertIn(headers["Cache-Control"], ("no-store", "no-cache"))
                if path.startswith("/api/"):
                    self.assertEqual(headers["Cache-Control"], "no-store")

    def test_pages_have_nothing_inline(self):
        for path in ("/", "/letters", "/new", "/letter"):
            body = self.client().get(path).body.decode()
            self.assertNotRegex(body, r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|https?:")


class Limits(portal.Case):
    def test_knocking_is_limited(self):
        client = self.client()
        client.begin()
        for _ in range(200):
            answer = client.post("/api/nonce")
            if answer.status != 200:
                break
        self.refused(answer, 429, "TOO_MANY_REQUESTS")
        self.assertEqual(int(answer.headers["Retry-After"]), answer.json["retry_after_s"])

    def test_drafts_are_limited(self):
        client = self.client()
        client.begin()
        # Knocks may be spent by the other test: a session made in the database needs none.
        self.portal.database("UPDATE session SET name = 'x', personal_number = '01001000000'")
        answers = [client.compose() for _ in range(21)]
        self.assertEqual({each.status for each in answers[:20]}, {201})
        self.refused(answers[20], 429, "TOO_MANY_REQUESTS")


class Heads(portal.Case):
    """Requests that libmicrohttpd would hand on."""

    def status(self, text):
        received = self.client().raw(text.replace("\n", "\r\n").encode())
        return int(received.split()[1]) if received else None

    def test_host(self):
        good = f"GET / HTTP/1.1\nHost: {portal.HOST}\nConnection: close\n\n"
        self.assertEqual(self.status(good), 200)
        for host in ("127.0.0.1", portal.HOST + ":8443", portal.HOST.upper(), portal.HOST + ".",
                     "evil.test", ""):
            wrong = good.replace(f"Host: {portal.HOST}", f"Host: {host}")
            self.assertIn(self.status(wrong), (400, 421), host)
        self.assertEqual(self.status("GET / HTTP/1.1\nConnection: close\n\n"), 400)
        self.assertEqual(self.status(good.replace("\nCon", f"\nHost: {portal.HOST}\nCon")), 400)

    def test_versions_and_methods(self):
        good = f"GET / HTTP/1.1\nHost: {portal.HOST}\nConnection: close\n\n"
        self.assertIn(self.status(good.replace("HTTP/1.1", "HTTP/1.0")), (400, 505))
        self.assertEqual(self.status(good.replace("GET / ", f"GET https://{portal.HOST}/ ")), 400)
        for method in ("POST", "PUT", "TRACE", "FROB", "CONNECT", "OPTIONS"):
            self.assertIn(self.status(good.replace("GET", method)), (400, 403, 405, 501), method)
        self.assertEqual(self.client().request("HEAD", "/").body, b"")
        answer = self.logged_in().request("PUT", "/api/letters")
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, POST"))

    def test_paths(self):
        for path in ("/..", "/../portal.conf", "/%2e%2e/portal.conf", "/style.css%00", "//style.css",
                     "/index.html", "/letters.html", "/api", "/api/", "/api%2fsession", "/api/session/",
                     "/" + "a" * 3000):
            self.assertEqual(self.client().get(path).status, 404, path)

    def test_lengths(self):
        head = (f"POST /api/login HTTP/1.1\nHost: {portal.HOST}\nOrigin: {portal.ORIGIN}\n"
                "Content-Type: application/json\nConnection: close\n")
        for more in ("Content-Length: 2\nContent-Length: 2\n\n{}",
                     "Content-Length: 2\nTransfer-Encoding: chunked\n\n{}",
                     "Transfer-Encoding: chunked\n\n2\n{}\n0\n\n", "Content-Length: x\n\n{}",
                     "Content-Length: -2\n\n{}"):
            self.assertIn(self.status(head + more), (400, None), more)
        self.assertEqual(self.status(head + "\n"), 411)
        self.assertEqual(self.status(head + "Content-Length: 99999999\n\n{}"), 413)

    def test_types(self):
        client = self.logged_in()
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                     "application/json; charset=utf-8", ""):
            answer = client.post("/api/letters", b"{}", Content_Type=kind)
            self.refused(answer, 415, "BAD_REQUEST")

    def test_a_page_is_not_sent_twice(self):
        client = self.client()
        tag = client.get("/").headers["ETag"]
        answer = client.get("/", If_None_Match=tag)
        self.assertEqual((answer.status, answer.body), (304, b""))
        self.assertEqual(client.get("/", If_None_Match='"other"').status, 200)


def compose_with(client, drop=(), **headers):
    letter = {"body": "city-hall", "subject": "თემა", "text": "ტექსტი"}
    return client.post("/api/letters", letter, drop=drop, **headers)


portal.Client.compose_with = compose_with
unittest.main()
