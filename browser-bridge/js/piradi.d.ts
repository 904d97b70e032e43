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

export function status(options?: { signal?: AbortSignal }): Promise<Status>;

/** Goes on until stopped. It has no way but the direct one: where the browser or the page's policy
 * denies that, it says so with the code, and authenticate and sign still work through a popup. */
export function watch(
  callback: (news: ReaderState | PiradiError) => void,
  options?: { signal?: AbortSignal },
): () => void;

/** Call it soon after a click: where the direct way is denied a popup opens, which needs one. */
export function authenticate(nonce: string, options?: { signal?: AbortSignal }): Promise<WebEidToken>;

/** As authenticate: soon after a click. */
export function sign(
  document: Blob | BufferSource,
  options: { name: string; signal?: AbortSignal },
): Promise<Blob>;
