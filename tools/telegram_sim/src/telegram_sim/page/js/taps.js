// Taps whose spinner turns, until the bot answers them.
import { buttonOf, spin } from "./bubble.js";

const GIVE_UP = 30_000; // ms; a client stops the spinner by itself at some point
const REMEMBERED = 20;

export class Taps {
  #open = new Map(); // callback query id → its tap
  #answered = []; // the last ids that were answered: the answer may outrun the tap's own

  // `itemOf` gives the list item of a message, if it is shown.
  constructor(itemOf) {
    this.itemOf = itemOf;
  }

  begin(tap) {
    const id = tap.callback_query_id;
    if (this.#open.has(id) || this.#answered.includes(id)) return;
    this.#open.set(id, tap);
    this.#show(tap, true);
    setTimeout(() => this.#end(id), GIVE_UP);
  }

  answered(id) {
    this.#answered = [...this.#answered, id].slice(-REMEMBERED);
    this.#end(id);
  }

  // A message was drawn anew, and its buttons with it.
  redrawn(messageId) {
    for (const tap of this.#open.values()) if (tap.message_id === messageId) this.#show(tap, true);
  }

  #end(id) {
    const tap = this.#open.get(id);
    if (!tap) return;
    this.#open.delete(id);
    const same = (other) => other.message_id === tap.message_id && other.data === tap.data;
    this.#show(tap, [...this.#open.values()].some(same));
  }

  #show(tap, on) {
    const item = this.itemOf(tap.message_id);
    const button = item && buttonOf(item, tap.data);
    if (button) spin(button, on);
  }
}
