// Who logged in with this token? Ask piradi-verifyd. See README.md beside this file.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** The code says why, e.g. CERTIFICATE_REVOKED. */
export class Refused extends Error {
    constructor(code) {
        super(code)
        this.code = code
    }
}

/** The citizen, as the verifier's Citizen. nonce: taken from the session, for good, before this call. */
export async function verify(verifier, token, nonce, origin) {
    const response = await fetch(`${verifier}/v1/tokens`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ token, nonce, origin }),
        signal: AbortSignal.timeout(15000)
    })
    const answer = await response.json()
    if (!response.ok) throw new Refused(answer.code)
    return answer.citizen
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
    const [verifier, origin, nonce] = process.argv.slice(2)
    try {
        const citizen = await verify(verifier, JSON.parse(readFileSync(0, 'utf8')), nonce, origin)
        console.log(citizen.personal_number, citizen.name)
    } catch (failure) {
        console.error(failure.code ?? failure.message)
        process.exitCode = 1
    }
}
