// Whether a bot is there: what the top says about it, and what to do if there is none.
import { $, element, say } from "./dom.js";

const POLLED = 12_000; // ms after a poll in which a bot may do something else
const LOOK = 5_000; // ms; whether a poll waits is told by no entry, so it has to be asked for
const PUBLIC = "https://api.telegram.org";

export class Connection {
  #open = true;
  #webhook = "";
  #error = "";
  #called = false;
  #refused = false;
  #polled = -Infinity;
  #shown = "";

  // `recent` is what happened last, `ask` gets the simulator's numbers for `told`.
  constructor(recent, ask) {
    for (const entry of recent) this.#note(entry, entry.at * 1000);
    setInterval(() => {
      if (this.#open && !this.#webhook) ask();
    }, LOOK);
  }

  // Whether the stream is open.
  set open(open) {
    if (open && !this.#open) say("The simulator answers again.");
    this.#open = open;
    this.#draw();
  }

  told({ webhook, polling }) {
    this.#webhook = webhook;
    if (polling) this.#polled = Date.now();
    this.#draw();
  }

  happened(entry) {
    if (!["call", "delivery", "reset"].includes(entry.kind)) return;
    this.#note(entry, Date.now());
    this.#draw();
  }

  #note(entry, when) {
    if (entry.kind === "delivery") this.#error = entry.error || "";
    if (entry.kind === "reset") this.#error = "";
    if (entry.kind === "call" && entry.status === 401) this.#refused = true;
    if (entry.kind !== "call" || entry.status === 401) return;
    this.#called = true;
    if (/webhook$/i.test(entry.method) && entry.status === 200) this.#error = ""; // of the one before
    if (/^getupdates$/i.test(entry.method) && entry.status === 200) this.#polled = when;
  }

  #draw() {
    const [words, ...notice] = this.#state();
    const all = [words, ...notice.map((part) => part.textContent ?? part)].join("");
    if (all === this.#shown) return;
    this.#shown = all;
    $("bot-state").textContent = words;
    $("notice").replaceChildren(...notice);
    document.body.classList.toggle("trouble", !this.#open || Boolean(this.#webhook && this.#error));
  }

  #state() {
    if (!this.#open) return ["no connection to the simulator…", "The simulator does not answer. Is it still running?"];
    if (this.#webhook && this.#error)
      return ["the webhook fails", code(this.#webhook), `: ${this.#error}. What waits is sent again.`];
    if (this.#webhook) return ["updates go to its webhook"];
    if (Date.now() - this.#polled < POLLED) return ["asks for updates"];
    if (this.#called || this.#polled > 0) return ["waits for getUpdates"];
    return [
      "no bot is connected",
      "No bot is connected yet. Let yours call ",
      code(location.origin),
      " instead of ",
      code(PUBLIC),
      ", with the simulator's token, by webhook or getUpdates.",
      this.#refused ? " Somebody called with another token, and was refused." : "",
    ];
  }
}

const code = (text) => element("code", {}, text);
