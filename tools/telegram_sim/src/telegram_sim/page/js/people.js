// Several people side by side; one at a time, by tabs, on a phone.
import { recent, sim } from "./api.js";
import { Chat } from "./chat.js";
import { $, attempt, element, toast } from "./dom.js";
import { payloadOf } from "./links.js";

export const NARROW = matchMedia("(max-width: 47.99rem)");
const MOST = 6; // chats open at once
const LISTED = 50;
const UNDER_WAY = 500; // updates whose way to the bot is followed

export class People {
  #chats = new Map(); // person id → Chat, in the order of opening
  #sent = new Map(); // update id → [person id, message id], while it is not known that the bot took it
  #closes = (id) => this.close(id);

  // `shown` is called when somebody's chat is to be seen.
  constructor(bot, shown) {
    this.bot = bot;
    this.shown = shown;
    this.active = null;
    NARROW.addEventListener("change", () => this.#arrange());
    $("tabs").addEventListener("keydown", (event) => this.#moveTab(event));
    $("chats").addEventListener("focusin", (event) => {
      const id = Number(event.target.closest?.(".chat")?.dataset.person);
      if (id && id !== this.active && !NARROW.matches) this.#activate(id);
    });
  }

  get open() {
    return [...this.#chats.values()];
  }

  get current() {
    return this.#chats.get(this.active);
  }

  // The commands that the bot has set.
  offer(commands) {
    if (JSON.stringify(commands) === JSON.stringify(this.commands)) return;
    this.commands = commands;
    for (const chat of this.open) chat.composer.offer(commands);
  }

  async add(name, language) {
    const body = { first_name: name || "Alice" };
    if (language) body.language_code = language;
    return this.show(await sim("POST", "/people", body));
  }

  async show(person) {
    let chat = this.#chats.get(person.id);
    if (!chat) {
      chat = new Chat(person, this.bot, { closes: this.#closes });
      this.#chats.set(person.id, chat);
      chat.composer.offer(this.commands);
      $("chats").append(chat.node);
      while (this.#chats.size > MOST) this.#remove(this.#chats.keys().next().value);
      await chat.load();
      await this.#catchUp(chat);
    }
    this.#activate(person.id);
    this.shown();
    return chat;
  }

  close(id) {
    this.#remove(id);
    const next = this.open.at(-1);
    this.#activate(next?.person.id ?? null);
    (next?.composer ?? $("first-chat")).focus();
  }

  closeAll() {
    for (const id of [...this.#chats.keys()]) this.#remove(id);
    this.#activate(null);
  }

  // Another chat becomes the one that links are opened by.
  step(by) {
    const ids = [...this.#chats.keys()];
    if (ids.length) this.select(ids[(ids.indexOf(this.active) + by + ids.length) % ids.length]);
  }

  select(id) {
    this.#activate(id);
    this.shown();
    this.current.log.focus();
  }

  happened(entry) {
    this.#chats.get(entry.chat_id)?.happened(entry);
    this.#follow(entry);
    if (entry.kind === "reset") this.closeAll();
    if (entry.kind === "message" && entry.message.from?.is_bot) this.#count(entry.chat_id);
    if (entry.kind === "person" && this.#chats.has(entry.chat_id)) this.#arrange();
  }

  // Which messages the bot took, and the keyboard it gave, as far as the last entries tell.
  async #catchUp(chat) {
    const { record } = await sim("GET", "/stats");
    for (const entry of await recent(record)) {
      this.#follow(entry);
      if (entry.kind === "call" && entry.chat_id === chat.person.id) chat.keyboard(entry);
    }
  }

  #follow({ kind, update_id: id, update, chat_id: chat, error, method, answer }) {
    if (kind === "update" && update.message && this.#chats.has(chat)) {
      this.#sent.set(id, [chat, update.message.message_id]);
      if (this.#sent.size > UNDER_WAY) this.#sent.delete(this.#sent.keys().next().value);
      this.#tick(id, "sent");
    }
    if (kind === "delivery") this.#tick(id, error ? "refused" : "taken");
    if (kind === "call" && /^getupdates$/i.test(method))
      for (const one of answer?.result ?? []) this.#tick(one.update_id, "taken");
  }

  #tick(updateId, state) {
    const [person, message] = this.#sent.get(updateId) ?? [];
    this.#chats.get(person)?.tick(message, state);
    if (state === "taken") this.#sent.delete(updateId);
  }

  async list() {
    const { people } = await sim("GET", `/people?limit=${LISTED}`);
    $("known").replaceChildren(...people.reverse().map((person) => this.#listed(person)));
    if (!people.length) $("known").append(element("li", {}, "Nobody yet."));
    if (people.length === LISTED) $("known").append(element("li", {}, `These are the ${LISTED} who were active last.`));
    return people;
  }

  #listed(person) {
    const about = [person.id, person.username && `@${person.username}`, person.language_code]
      .filter(Boolean)
      .join(" · ");
    const words = element("span", {}, element("b", {}, person.first_name), element("small", {}, about));
    const open = element(
      "button",
      { type: "button", "aria-label": `Open the chat of ${person.first_name}, ${person.id}` },
      "Open",
    );
    open.addEventListener(
      "click",
      attempt(async () => {
        $("people").close();
        (await this.show(person)).log.focus();
      }),
    );
    return element("li", {}, words, open);
  }

  #remove(id) {
    this.#chats.get(id)?.node.remove();
    this.#chats.delete(id);
  }

  #activate(id) {
    this.active = id;
    if (this.current) this.current.unread = 0;
    const shown = [...this.#chats.keys()].join(",");
    history.replaceState(null, "", shown ? `?person=${shown}` : location.pathname);
    this.#arrange();
  }

  #count(id) {
    const chat = this.#chats.get(id);
    if (!chat || id === this.active) return;
    chat.unread += 1;
    if (NARROW.matches) this.#arrange();
  }

  #arrange() {
    const narrow = NARROW.matches;
    $("nobody").hidden = this.#chats.size > 0;
    $("tabs").hidden = !narrow || this.#chats.size < 2;
    const held = $("tabs").contains(document.activeElement);
    $("tabs").replaceChildren(...this.open.map((chat) => this.#tab(chat)));
    if (held) $(`tab-${this.active}`)?.focus();
    for (const chat of this.open) {
      const { node, person } = chat;
      node.hidden = narrow && person.id !== this.active;
      node.classList.toggle("active", person.id === this.active && this.#chats.size > 1);
      node.setAttribute("role", $("tabs").hidden ? "region" : "tabpanel");
      node.ariaLabel = `Chat of ${person.first_name}`;
    }
    const name = this.current?.person.first_name;
    $("link-form").querySelector("button").textContent = name ? `Open as ${name}` : "Open";
  }

  #tab({ person, unread }) {
    const chosen = person.id === this.active;
    const tab = element(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${person.id}`,
        "aria-selected": String(chosen),
        "aria-controls": `chat-${person.id}`,
        tabIndex: chosen ? 0 : -1,
        on: { click: () => this.#activate(person.id) },
      },
      element("span", {}, person.first_name),
    );
    if (unread) tab.append(element("span", { className: "count", "aria-label": `${unread} unread` }, String(unread)));
    return tab;
  }

  #moveTab(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const ids = [...this.#chats.keys()];
    this.#activate(ids[(ids.indexOf(this.active) + by + ids.length) % ids.length]);
  }
}

export async function openLink(people, link, language = "en") {
  const payload = payloadOf(link);
  if (payload === null) throw new Error("That is neither a start link nor a token, as t.me/bot?start=TOKEN or TOKEN.");
  const chat = people.current ?? (await people.add("Alice", language));
  people.shown();
  if (chat.person.deactivated) toast(`The account of ${chat.person.first_name} is deactivated.`);
  else await chat.start(payload);
  return chat;
}
