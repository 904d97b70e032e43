/** Codes of docs/errors.md that the bridge answers with; a later version may add some. */
export type PiradiCode =
  | "AGENT_ABSENT"
  | "PERMISSION_UNDECIDED"
  | "PERMISSION_DENIED"
  | "BLOCKED_BY_POLICY"
  | "PORT_TAKEN"
  | "NOT_SECURE"
  | (string & {});

export class PiradiError extends Error {
  readonly name: "PiradiError";
  readonly code: PiradiCode;
  /** English, for a developer. */
  readonly detail?: string;
  /** Tries that the PIN has left. */
  readonly triesLeft?: number;
  /** Seconds. */
  readonly retryAfter?: number;
  /** The program that holds the card. */
  readonly holder?: string;
  /** A number that Piradi's log has too. */
  readonly incident?: string;
}

export interface Reader {
  readonly card: "absent" | "present" | "mute" | "in-use";
  readonly contactless: boolean;
}

export interface ReaderState {
  /** Whether the system's smart card service answers. */
  readonly pcsc: boolean;
  readonly readers: readonly Reader[];
}

export interface Status extends ReaderState {
  readonly agentVersion: string;
}

/** A Web eID authentication token, version 1. */
export interface WebEidToken {
  readonly unverifiedCertificate: string;
  readonly algorithm: string;
  readonly signature: string;
  readonly format: string;
  readonly appVersion: string;
}

/** What the portal's server must sign, as a detached JWS (openapi.yaml, `Piradi-Signature`). */
export interface RequestToSign {
  readonly method: "POST";
  readonly path: string;
  readonly origin: string;
  /** Of the body, in hexadecimal. */
  readonly sha256: string;
}

export interface Options {
  /** Aborting closes the person's window; what was awaited rejects with the signal's reason. */
  signal?: AbortSignal;
  /** For a portal that must sign its requests: gives the JWS. */
  authorize?: (request: RequestToSign) => string | Promise<string>;
}

export interface SigningCertificate {
  readonly certificate: string;
  readonly chain: readonly string[];
  readonly algorithm: string;
}

export interface HashSignature {
  readonly signature: string;
  readonly algorithm: string;
}

export function status(options?: { signal?: AbortSignal }): Promise<Status>;

/** Goes on until stopped. It has no way but the direct one: where the browser or the page's policy
 * denies that, it says so with the code, and authenticate and sign still work through a popup. */
export function watch(
  callback: (news: ReaderState | PiradiError) => void,
  options?: { signal?: AbortSignal },
): () => void;

/** Call it soon after a click: where the direct way is denied a popup opens, which needs one. */
export function authenticate(nonce: string, options?: Options): Promise<WebEidToken>;

/** For portals that may: the certificate that signs. It names the person, who is asked first. */
export function certificate(options?: Options): Promise<SigningCertificate>;

/** For portals that may: the signature of a hash, in base64, of what the person cannot be shown. */
export function signHash(
  hash: string,
  options: Options & { hashFunction: "SHA-256" | "SHA-384" | "SHA-512"; certificate: string },
): Promise<HashSignature>;

/** As authenticate: soon after a click. */
export function sign(
  document: Blob | BufferSource,
  options: Options & { name: string },
): Promise<Blob>;
