// Who logged in with this token? Ask piradi-verifyd. See README.md beside this file.
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public final class Verify {
    /** Its message is the code, e.g. CERTIFICATE_REVOKED. */
    public static final class Refused extends Exception {
        Refused(String code) {
            super(code);
        }
    }

    private static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /**
     * The verifier's Answer, as JSON: read it with your portal's own JSON library. token: the JSON that the page sent.
     * nonce: taken from the session, for good, before this call.
     */
    public static String verify(String verifier, String token, String nonce, String origin)
            throws IOException, InterruptedException, Refused {
        String body = "{\"token\":" + token + ",\"nonce\":" + quote(nonce) + ",\"origin\":" + quote(origin) + "}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(verifier + "/v1/tokens"))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(15))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        if (response.statusCode() != 200) {
            throw new Refused(text(response.body(), "code"));
        }
        return response.body();
    }

    /** A nonce is base64 and an origin is ASCII; anything else is not for JSON by hand. */
    private static String quote(String text) {
        if (!text.matches("[\\x21\\x23-\\x5b\\x5d-\\x7e]*")) {
            throw new IllegalArgumentException("neither a nonce nor an origin");
        }
        return '"' + text + '"';
    }

    /** One text of a flat answer, enough for this example. */
    private static String text(String json, String key) {
        Matcher matcher = Pattern.compile('"' + key + "\":\\s*\"([^\"\\\\]*)\"").matcher(json);
        return matcher.find() ? matcher.group(1) : "";
    }

    public static void main(String[] arguments) throws Exception {
        String token = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        try {
            String answer = verify(arguments[0], token, arguments[2], arguments[1]);
            String line = text(answer, "personal_number") + " " + text(answer, "name") + "\n";
            System.out.write(line.getBytes(StandardCharsets.UTF_8));
            System.out.flush();
        } catch (Refused why) {
            System.err.println(why.getMessage());
            System.exit(1);
        }
    }
}
