import type { Options, PiradiError, WebEidToken } from "./piradi.js";

/** <piradi-login nonce-url="…">: see piradi-login.js. */
export class PiradiLogin extends HTMLElement {
  getNonce: (() => string | Promise<string>) | null;
  authorize: Options["authorize"];
}

declare global {
  interface HTMLElementTagNameMap {
    "piradi-login": PiradiLogin;
  }
  interface HTMLElementEventMap {
    "piradi-token": CustomEvent<WebEidToken>;
    "piradi-error": CustomEvent<PiradiError | Error>;
  }
}
