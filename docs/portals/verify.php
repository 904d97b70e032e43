<?php
// Who logged in with this token? Ask piradi-verifyd. See README.md beside this file.
declare(strict_types=1);

/** Its message is the code, e.g. CERTIFICATE_REVOKED. */
final class Refused extends RuntimeException
{
}

/** The citizen, as the verifier's Citizen. $nonce: taken from the session, for good, before this call. */
function verify(string $verifier, object $token, string $nonce, string $origin): object
{
    $curl = curl_init("$verifier/v1/tokens");
    curl_setopt_array($curl, [
        CURLOPT_POSTFIELDS => json_encode(['token' => $token, 'nonce' => $nonce, 'origin' => $origin],
            JSON_THROW_ON_ERROR),
        CURLOPT_HTTPHEADER => ['Content-Type: application/json'],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 15,
        CURLOPT_PROXY => '',
    ]);
    $body = curl_exec($curl);
    if ($body === false) {
        throw new RuntimeException(curl_error($curl));
    }
    $answer = json_decode($body, false, 16, JSON_THROW_ON_ERROR);
    if (curl_getinfo($curl, CURLINFO_RESPONSE_CODE) !== 200) {
        throw new Refused($answer->code);
    }
    return $answer->citizen;
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    try {
        $token = json_decode(file_get_contents('php://stdin'), false, 16, JSON_THROW_ON_ERROR);
        $citizen = verify($argv[1], $token, $argv[3], $argv[2]);
        echo "$citizen->personal_number $citizen->name\n";
    } catch (Refused $why) {
        fwrite(STDERR, $why->getMessage() . "\n");
        exit(1);
    }
}
