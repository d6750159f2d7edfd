// One person's chat with the bot: a column of its own.
import { alerted } from "./alert.js";
import { sim, upload } from "./api.js";
import { fill, tick } from "./bubble.js";
import { composer } from "./composer.js";
import { attempt, element, icon, ICONS, say } from "./dom.js";
import { following } from "./following.js";
import { chatHeader, doing } from "./header.js";
import { ownLink } from "./links.js";
import { markupOf } from "./replykeys.js";
import { Taps } from "./taps.js";

const ACTION_SHOWN = 5_500; // ms; docs, sendChatAction: "5 seconds or less"
const TOAST_SHOWN = 5_000; // ms
const MOST = 300; // messages in the DOM
const LANGUAGE = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i;

export class Chat {
  #items = new Map(); // message id → its list item
  #taps = new Taps((id) => this.#items.get(id));
  #timers = {};
  #newest;

  constructor(person, bot, { closes }) {
    this.person = person;
    this.bot = bot;
    this.unread = 0;
    this.header = chatHeader(this, closes);
    this.list = element("ol", { className: "messages" });
    this.list.addEventListener("click", (event) => {
      const link = event.target.closest("a[target]");
      if (link && this.#starts(link.href)) event.preventDefault();
    });
    this.log = element("div", { className: "log-of-chat", role: "log", tabIndex: 0, "aria-live": "off" }, this.list);
    this.jump = element(
      "button",
      { type: "button", className: "jump", hidden: true, "aria-label": "To the newest message" },
      icon(ICONS.down),
    );
    this.jump.addEventListener("click", () => {
      this.#newest.toEnd();
      this.log.focus(); // the button goes away
    });
    const changed = (follows) => {
      this.jump.hidden = follows;
    };
    this.#newest = following(this.log, { content: this.list, changed });
    this.toast = element("p", { className: "bubble-toast", hidden: true });
    this.composer = composer(() => this.person, {
      start: () => this.start(""),
      send: (text) => this.send(text),
      post: (fields) => this.act("/messages", fields),
      attach: (kind, file) => this.attach(kind, file),
      unblock: () => this.act("/unblock"),
      revive: () => this.change({ deactivated: false }),
    });
    const middle = element("div", { className: "middle" }, this.log, this.jump, this.toast);
    this.node = element(
      "section",
      { className: "chat", id: `chat-${person.id}`, data: { person: person.id } },
      this.header.node,
      middle,
      this.composer.node,
    );
    this.#refresh();
  }

  // What was said before is shown and not read out.
  async load() {
    const { messages } = await sim("GET", `/people/${this.person.id}/messages`);
    for (const message of messages.slice(-MOST)) this.#show(message);
    this.#newest.toEnd();
    requestAnimationFrame(() => {
      this.log.ariaLive = "polite";
    });
    this.#refresh();
  }

  start(payload) {
    return this.act("/start", { payload });
  }

  send(text) {
    return this.act("/messages", { text });
  }

  attach(kind, file) {
    return upload(`/people/${this.person.id}/media/${kind}?name=${encodeURIComponent(file.name)}`, file);
  }

  act(path, body = {}) {
    return sim("POST", `/people/${this.person.id}${path}`, body);
  }

  change(details) {
    return sim("PATCH", `/people/${this.person.id}`, details);
  }

  happened(entry) {
    const does = {
      message: () => this.#show(entry.message),
      edit: () => this.#edited(entry.message),
      delete: () => this.#deleted(entry.message_id),
      chat_action: () => this.#doing(entry.action === "cancel" ? "" : entry.action),
      tap: () => this.#taps.begin(entry),
      callback_answer: () => this.#answer(entry),
      call: () => this.#called(entry),
      person: () => {
        this.person = entry.person;
      },
    };
    does[entry.kind]?.();
    this.#refresh();
  }

  // What a call of the bot's did to the person's keyboard.
  keyboard(entry) {
    const markup = markupOf(entry);
    if (markup) this.composer.obey(markup, entry.answer?.result);
  }

  // Tell whether the bot took what the person said.
  tick(messageId, state) {
    const item = this.#items.get(messageId);
    if (item) tick(item, state);
  }

  // The newest button of the bot's, for the shortcut.
  newestButton() {
    return [...this.list.querySelectorAll(".keys")].at(-1)?.querySelector("button, a");
  }

  #show(message) {
    const known = this.#items.get(message.message_id);
    const item =
      known ??
      element("li", {
        className: message.from?.is_bot ? "message" : "message mine",
        data: { message: message.message_id },
      });
    if (!known) this.#append(item, message);
    fill(item, message, {
      tap: (data) => this.#tap(message.message_id, data),
      send: attempt((words) => this.send(words)),
    });
    this.#taps.redrawn(message.message_id);
    if (message.from?.is_bot) this.#doing("");
    if (message.from?.is_bot) this.#newest.settle();
    else this.#newest.toEnd();
  }

  // Nobody at Telegram sees that a call was refused; whoever writes the bot wants to.
  #called(entry) {
    this.keyboard(entry);
    if (entry.status < 400) return;
    const words = `${entry.method}: ${entry.answer?.description ?? entry.status}`;
    this.#keep(`refused ${entry.seq}`, element("li", { className: "refused", lang: "en" }, words));
    this.#newest.settle();
  }

  #append(item, message) {
    const day = new Date(message.date * 1000).toLocaleDateString([], { day: "numeric", month: "long" });
    if (day !== this.day) this.list.append(element("li", { className: "day" }, day));
    this.day = day;
    this.#keep(message.message_id, item);
  }

  #keep(id, item) {
    this.#items.set(id, item);
    this.list.append(item);
    while (this.#items.size > MOST) this.#drop(this.#items.keys().next().value);
  }

  #edited(message) {
    const item = this.#items.get(message.message_id);
    if (!item) return;
    item.ariaLive = "off"; // or the log would read the whole message again
    this.#show(message);
    flash(item);
    say(`${this.person.first_name}: a message was edited: ${message.text ?? message.caption ?? ""}`);
  }

  #deleted(id) {
    if (!this.#items.has(id)) return;
    this.#drop(id);
    say(`${this.person.first_name}: a message was deleted`);
  }

  #drop(id) {
    this.#items.get(id)?.remove();
    this.#items.delete(id);
  }

  async #tap(messageId, data) {
    this.#taps.begin(await this.act("/taps", { message_id: messageId, data }));
  }

  #answer({ callback_query_id: id, answer }) {
    this.#taps.answered(id);
    if (answer.url) this.#opened(answer.url);
    if (!answer.text) return;
    if (answer.show_alert) alerted(`${this.bot.first_name} to ${this.person.first_name}`, answer.text);
    else this.#tell(answer.text);
  }

  // A bot may lead to a start link of its own; other addresses are for games, which are not simulated.
  #opened(url) {
    if (!this.#starts(url)) this.#tell(`${this.bot.first_name} opens ${url}`);
  }

  // Whether the address leads to this very bot, and was followed.
  #starts(url) {
    const own = ownLink(url, this.bot.username);
    if (own?.payload) attempt(() => this.start(own.payload))();
    return Boolean(own);
  }

  #tell(text) {
    say(`${this.bot.first_name} to ${this.person.first_name}: ${text}`);
    clearTimeout(this.#timers.toast);
    this.toast.textContent = text;
    this.toast.hidden = false;
    this.#timers.toast = setTimeout(() => {
      this.toast.hidden = true;
    }, TOAST_SHOWN);
  }

  #doing(action) {
    clearTimeout(this.#timers.action);
    if (action && action !== this.action) say(`${this.bot.first_name} ${doing(action)}`);
    this.action = action;
    if (action)
      this.#timers.action = setTimeout(() => {
        this.#doing("");
        this.header.refresh();
      }, ACTION_SHOWN);
  }

  #refresh() {
    const { blocked, deactivated } = this.person;
    const begun = this.list.querySelector(".message");
    this.composer.show(deactivated ? "deactivated" : blocked ? "blocked" : begun ? "write" : "start");
    this.list.lang = LANGUAGE.test(this.person.language_code) ? this.person.language_code : ""; // how to read it out
    this.log.ariaLabel = `Messages of ${this.person.first_name}`;
    this.composer.refresh();
    this.header.refresh();
  }
}

function flash(item) {
  item.classList.remove("changed");
  requestAnimationFrame(() => item.classList.add("changed"));
}
