/**
 * <piradi-login>: a button that logs the person in with their ID card, and a line beside it that says
 * what is going on, in Georgian or English as the page's `lang` says. An ES module:
 *
 *   <script type="module" src="/piradi-login.js"></script>
 *   <piradi-login nonce-url="/api/nonce"></piradi-login>
 *
 * A click asks the portal's server for a nonce, by POST to `nonce-url` (it answers {"nonce": …}) or by
 * the element's property `getNonce`, a function that gives it, and then the person. Events, which bubble:
 *
 *   piradi-token  detail: the Web eID token, for the portal's server to verify
 *   piradi-error  detail: the PiradiError, or what the nonce failed with; the person is told already
 *
 * The property `authorize` is that of piradi.js. The parts `button` and `state` can be styled.
 */

import { authenticate, watch } from "./piradi.js";

const WORDS = {
  ka: {
    button: "პირადობის მოწმობით შესვლა",
    cancel: "გაუქმება",
    asking: "დაადასტურეთ შესვლა „პირადის“ ფანჯარაში, რომელიც კომპიუტერში გაიხსნა. PIN კოდი მხოლოდ იქ შეიყვანეთ.",
    ready: "ბარათი მზად არის.",
    "no-card": "ჩადეთ პირადობის მოწმობა წამკითხველში.",
    "no-reader": "წამკითხველი არ ჩანს. მიუერთეთ ის კომპიუტერს.",
    mute: "ბარათი არ პასუხობს. შეამოწმეთ, სწორად დევს თუ არა: ჩიპით ზემოთ და წინ.",
    "in-use": "ბარათს ახლა სხვა პროგრამა იყენებს.",
    contactless: "ბარათი უკონტაქტო წამკითხველზე დევს. ჩადეთ ის ჭრილში.",
    pcsc: "ბარათების სამსახური არ მუშაობს.",
    AGENT_ABSENT: "პროგრამა „პირადი“ ამ კომპიუტერში არ მუშაობს. დააყენეთ ან გაუშვით ის.",
    PERMISSION_UNDECIDED: "ბრაუზერი გეკითხებათ, შეუძლია თუ არა ამ გვერდს „პირადთან“ დაკავშირება. დართეთ ნება.",
    PERMISSION_DENIED: "ბრაუზერი ამ გვერდს „პირადთან“ დაკავშირებას უკრძალავს. ნება საიტის პარამეტრებში დართეთ.",
    BLOCKED_BY_POLICY: "ამ გვერდის უსაფრთხოების წესები „პირადთან“ კავშირს კრძალავს. შეატყობინეთ საიტს.",
    PORT_TAKEN: "„პირადის“ ადგილს ამ კომპიუტერში სხვა პროგრამა იკავებს.",
    NOT_SECURE: "გვერდი დაცული კავშირით (https) უნდა გაიხსნას.",
    USER_CANCELLED: "თქვენ გააუქმეთ.",
    USER_TIMEOUT: "პასუხს დიდხანს ველოდით. სცადეთ თავიდან.",
    PIN_BLOCKED: "PIN კოდი დაბლოკილია. განბლოკეთ ის PUK კოდით.",
    CARD_REMOVED: "ბარათი ამოიღეს, სანამ საქმე დასრულდებოდა. ჩადეთ ის და სცადეთ თავიდან.",
    CERTIFICATE_EXPIRED: "სერტიფიკატს ვადა გაუვიდა. განაახლეთ ის იუსტიციის სახლში.",
    CERTIFICATE_REVOKED: "სერტიფიკატი გაუქმებულია. მიმართეთ იუსტიციის სახლს.",
    BUSY: "ერთი საქმე უკვე მიმდინარეობს. ჯერ ის დაასრულეთ.",
    TOO_MANY_REQUESTS: "ძალიან ბევრი მოთხოვნაა. ცოტა ხანში სცადეთ თავიდან.",
    other: "შესვლა ვერ მოხერხდა. სცადეთ თავიდან.",
  },
  en: {
    button: "Log in with ID card",
    cancel: "Cancel",
    asking: "Confirm in Piradi’s window, which has opened on your computer. Enter your PIN only there.",
    ready: "The card is ready.",
    "no-card": "Insert your ID card into the reader.",
    "no-reader": "No reader found. Connect it to the computer.",
    mute: "The card does not answer. Check that it is the right way round: chip up and first.",
    "in-use": "Another program is using the card.",
    contactless: "The card lies on a contactless reader. Put it into the slot.",
    pcsc: "The smart card service is not running.",
    AGENT_ABSENT: "The program Piradi is not running on this computer. Install or start it.",
    PERMISSION_UNDECIDED: "Your browser asks whether this page may reach Piradi. Allow it.",
    PERMISSION_DENIED: "Your browser forbids this page to reach Piradi. Allow it in the site’s settings.",
    BLOCKED_BY_POLICY: "This page’s own security policy blocks the way to Piradi. Tell the site.",
    PORT_TAKEN: "Another program has taken Piradi’s place on this computer.",
    NOT_SECURE: "This page must be opened over a secure connection (https).",
    USER_CANCELLED: "You cancelled.",
    USER_TIMEOUT: "There was no answer for too long. Try again.",
    PIN_BLOCKED: "The PIN is blocked. Unblock it with the PUK.",
    CARD_REMOVED: "The card was pulled before it was done. Insert it and try again.",
    CERTIFICATE_EXPIRED: "The certificate has expired. It is renewed in a House of Justice.",
    CERTIFICATE_REVOKED: "The certificate has been revoked. Ask in a House of Justice.",
    BUSY: "Something is under way already. Finish that first.",
    TOO_MANY_REQUESTS: "Too many requests. Try again in a while.",
    other: "Logging in did not work. Try again.",
  },
};

/* Of several readers the one that is nearest to being usable speaks for all. */
const ORDER = ["ready", "contactless", "in-use", "mute", "no-card"];

const STYLE = `
  :host { display: inline-block; }
  button { font: inherit; padding: 0.6em 1.2em; cursor: pointer; }
  p { margin: 0.5em 0 0; min-height: 1.5em; }
`;

function stateOf({ pcsc, readers }) {
  if (!pcsc) {
    return "pcsc";
  }
  const states = readers.map(({ card, contactless }) => {
    if (card === "present") {
      return contactless ? "contactless" : "ready";
    }
    return card === "absent" ? "no-card" : card;
  });
  return ORDER.find((state) => states.includes(state)) ?? "no-reader";
}

function styleSheet() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  return sheet;
}

export class PiradiLogin extends HTMLElement {
  /* What a page has set before this module came stays. */
  /** A function that gives the nonce; null: `nonce-url` does. */
  getNonce = this.getNonce ?? null;
  /** As in piradi.js. */
  authorize = this.authorize;

  #button = document.createElement("button");
  #state = document.createElement("p");
  #said = "";
  #login = null;
  #stopWatching = null;
  #language = new MutationObserver(() => this.#show());

  constructor() {
    super();
    this.#button.type = "button";
    this.#button.part = "button";
    this.#state.part = "state";
    this.#state.setAttribute("role", "status");
    this.#button.addEventListener("click", () => this.#clicked());
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    root.adoptedStyleSheets = [styleSheet()];
    root.append(this.#button, this.#state);
  }

  connectedCallback() {
    this.#stopWatching = watch((news) => this.#say(news instanceof Error ? news.code : stateOf(news)));
    this.#language.observe(document.documentElement, { attributes: true, attributeFilter: ["lang"] });
    this.#language.observe(this, { attributes: true, attributeFilter: ["lang"] });
    this.#show();
  }

  disconnectedCallback() {
    this.#stopWatching();
    this.#language.disconnect();
    this.#login?.abort();
  }

  get #words() {
    const language = this.closest("[lang]")?.lang ?? "ka";
    return language.startsWith("en") ? WORDS.en : WORDS.ka;
  }

  #say(what) {
    this.#said = what;
    this.#show();
  }

  #show() {
    const words = this.#words;
    const said = this.#login === null ? this.#said : "asking";
    this.#button.textContent = this.#login === null ? words.button : words.cancel;
    this.#state.lang = words === WORDS.en ? "en" : "ka";
    this.#state.textContent = said === "" ? "" : words[said] ?? words.other;
    this.dataset.state = said;
  }

  async #nonceOf(signal) {
    if (this.getNonce !== null) {
      return this.getNonce();
    }
    const response = await fetch(this.getAttribute("nonce-url"), { method: "POST", signal });
    if (!response.ok) {
      throw new Error(`the nonce: HTTP ${response.status}`);
    }
    return (await response.json()).nonce;
  }

  async #logIn(signal) {
    const token = await authenticate(await this.#nonceOf(signal), { signal, authorize: this.authorize });
    this.dispatchEvent(new CustomEvent("piradi-token", { bubbles: true, composed: true, detail: token }));
  }

  /* The same button begins and cancels, so that the keyboard's focus stays where it is. */
  async #clicked() {
    if (this.#login !== null) {
      this.#login.abort();
      return;
    }
    const login = new AbortController();
    this.#login = login;
    this.#show();
    let failed = null;
    try {
      await this.#logIn(login.signal);
    } catch (error) {
      failed = login.signal.aborted ? { code: "USER_CANCELLED" } : error;
    }
    this.#login = null;
    this.#say(failed === null ? "" : failed.code ?? "other");
    if (failed !== null) {
      this.dispatchEvent(new CustomEvent("piradi-error", { bubbles: true, composed: true, detail: failed }));
    }
  }
}

customElements.define("piradi-login", PiradiLogin);
