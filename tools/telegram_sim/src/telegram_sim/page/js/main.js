// The chat page: everything it knows comes from the control API at sim/, live by server-sent events.
import { follow, recent, sim } from "./api.js";
import { Connection } from "./connection.js";
import { $, attempt, remember, remembered } from "./dom.js";
import { Faults } from "./faults.js";
import { shortcuts } from "./keys.js";
import { languages } from "./languages.js";
import { Log } from "./log.js";
import { NARROW, openLink, People } from "./people.js";
import { theme } from "./theme.js";

const ABOUT = /^(set|delete)(webhook|mycommands)$/i;
const PANELS = ["faults", "log"];

function panel(name, open, focus = true) {
  if (open && NARROW.matches) for (const other of PANELS) if (other !== name) panel(other, false, false);
  $(name).hidden = !open;
  $(`open-${name}`).ariaExpanded = String(open);
  document.body.classList.toggle(`with-${name}`, open);
  remember(name, open ? "open" : "");
  if (focus) (open ? $(name).querySelector("input, button, summary") : $(`open-${name}`)).focus();
}

const toggle = (name) => panel(name, $(name).hidden);

// On a phone a panel covers the chats.
function toChats() {
  if (NARROW.matches) for (const name of PANELS) if (!$(name).hidden) panel(name, false, false);
}

async function showPeople(people) {
  languages($("language"), "en");
  $("people").showModal();
  $("name").select();
  await people.list();
}

function wire(people) {
  for (const name of PANELS) $(`open-${name}`).addEventListener("click", () => toggle(name));
  $("open-people").addEventListener(
    "click",
    attempt(() => showPeople(people)),
  );
  $("first-chat").addEventListener(
    "click",
    attempt(() => showPeople(people)),
  );
  document.querySelector(".skip").addEventListener("click", toChats);
  $("open-help").addEventListener("click", () => $("help").showModal());
  for (const button of document.querySelectorAll("[data-closes]")) {
    const target = $(button.dataset.closes);
    button.addEventListener("click", () => (target.localName === "dialog" ? target.close() : panel(target.id, false)));
  }
  $("person-form").addEventListener(
    "submit",
    attempt(async () => {
      const chat = await people.add($("name").value.trim(), $("language").value);
      $("people").close();
      chat.composer.focus();
    }),
  );
  $("link-form").addEventListener(
    "submit",
    attempt(async () => {
      const chat = await openLink(people, $("link").value);
      $("link").value = "";
      chat.composer.focus();
    }),
  );
  shortcuts({
    "?": ["this help", () => $("help").showModal()],
    "/": ["write a message", () => people.current?.composer.box.focus()],
    b: ["the newest buttons of the bot", () => people.current?.newestButton()?.focus()],
    m: ["the messages", () => people.current?.log.focus()],
    n: ["next person", () => people.step(1)],
    p: ["person before", () => people.step(-1)],
    s: ["the box for start links", () => $("link").focus()],
    a: ["add or open people", attempt(() => showPeople(people))],
    f: ["faults, open or closed", () => toggle("faults")],
    l: ["log, open or closed", () => toggle("log")],
  });
}

// ?start=TOKEN&lang=es opens a new chat and presses Start; ?person=1,2 shows chats that were open before.
async function first(people) {
  const query = new URLSearchParams(location.search);
  if (query.has("start") || query.has("lang")) {
    const chat = await people.add(query.get("name"), query.get("lang") ?? "en");
    if (query.has("start")) await chat.start(query.get("start"));
    return;
  }
  const wanted = query.get("person")?.split(",") ?? (await people.list()).slice(0, 1).map((person) => person.id);
  for (const id of wanted) {
    const person = /^\d+$/.test(id) && (await sim("GET", `/people/${id}`).catch(() => null)); // may be forgotten
    if (person) await people.show(person);
  }
}

function introduce({ bot }) {
  $("bot-name").textContent = bot.first_name;
  $("bot-avatar").textContent = [...bot.first_name][0]?.toUpperCase() ?? "B";
  document.title = `${bot.first_name} – talk to the bot`;
  $("link").placeholder = `t.me/${bot.username}?start=token`;
}

async function begin() {
  theme();
  const stats = await sim("GET", "/stats");
  const before = await recent(stats.record);
  introduce(stats);
  const people = new People(stats.bot, toChats);
  people.offer(stats.commands);
  const ask = attempt(async () => {
    const now = await sim("GET", "/stats");
    introduce(now);
    people.offer(now.commands);
    connection.told(now);
  });
  const [connection, faults, log] = [new Connection(before, ask), new Faults(people), new Log(before)];
  connection.told(stats);
  wire(people);
  const source = follow(before.at(-1) ?? { seq: stats.record }, {
    entry: (entry) => {
      for (const part of [people, connection, faults, log]) part.happened(entry);
      if (ABOUT.test(entry.method)) ask();
    },
    state: (open) => {
      connection.open = open;
      if (open) ask();
    },
    lost: () => location.reload(),
  });
  addEventListener("pagehide", () => source.close());
  for (const name of PANELS) if (remembered(name) && !NARROW.matches) panel(name, true, false);
  await Promise.all([faults.draw(), first(people)]);
  if (!people.open.length) people.closeAll();
  document.body.dataset.ready = "yes";
}

attempt(begin)();
