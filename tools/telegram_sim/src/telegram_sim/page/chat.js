// The chat page: everything it knows comes from the control API at sim/, live by server-sent events.
import { rich } from "./text.js";

const GIVE_UP = 30_000; // ms; a client stops the spinner by itself at some point
const ACTION_SHOWN = 5_000; // ms; docs, sendChatAction: "5 seconds or less"
const DOING = {
  typing: "is typing…", upload_video: "is sending a video…", record_video: "is recording a video…",
  upload_voice: "is sending a voice message…", record_voice: "is recording a voice message…",
  upload_audio: "is sending audio…", record_audio: "is recording audio…",
  upload_document: "is sending a file…", upload_photo: "is sending a photo…",
};

const $ = (id) => document.getElementById(id);
const messages = new Map(); // message id → its list item
const spinning = new Map(); // callback query id → what to put back
let person = null;
let bot = { first_name: "Bot", username: "" };
let events = null;
let actionTimer = 0;
let toastTimer = 0;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function sim(method, path, body) {
  const init = { method };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const answer = await fetch(`sim${path}`, init);
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error);
  return content;
}

function toast(text) {
  clearTimeout(toastTimer);
  $("toast").textContent = text;
  $("toast").hidden = false;
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, 4_000);
}

const attempt = (work) => async (event) => {
  event?.preventDefault();
  try { await work(event); } catch (error) { toast(error.message); }
};

// ---- messages

function medium(message) {
  for (const kind of ["video", "audio", "voice"]) {
    if (!message[kind]) continue;
    const player = element(kind === "video" ? "video" : "audio", {
      controls: true, preload: "metadata", src: `file/${message[kind].file_id}`,
    });
    if (kind === "video") player.playsInline = true;
    player.setAttribute("aria-label", message[kind].title || message[kind].file_name || kind);
    return [player];
  }
  const other = ["sticker", "photo", "document", "location", "contact"].find((kind) => message[kind]);
  return other ? [element("em", { textContent: `[${other}]` })] : [];
}

function key(message, button) {
  if (button.url) {
    return element("a", { textContent: `${button.text} ↗`, href: safe(button.url), target: "_blank", rel: "noreferrer" });
  }
  const made = element("button", { type: "button", textContent: button.text });
  made.dataset.callback = button.callback_data ?? "";
  made.addEventListener("click", attempt(() => tap(message, made)));
  return made;
}

const safe = (url) => (/^(https?|tg|mailto|tel):/i.test(url) ? url : `https://${url}`);

function bubble(message) {
  const date = new Date(message.date * 1000);
  const time = element("time", {
    dateTime: date.toISOString(), textContent: date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }),
  });
  const words = rich(message.text ?? message.caption ?? "", message.entities ?? message.caption_entities ?? [], safe);
  const who = element("span", { className: "hidden", textContent: message.from.is_bot ? "Bot: " : "You: " });
  const content = element("div", { className: "bubble" }, who, ...medium(message), words, " ", time);
  const keys = element("div", { className: "keys" });
  for (const row of message.reply_markup?.inline_keyboard ?? []) {
    keys.append(element("div", {}, ...row.map((button) => key(message, button))));
  }
  return keys.childElementCount ? [content, keys] : [content];
}

function show(message) {
  const log = $("messages");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  let item = messages.get(message.message_id);
  if (!item) {
    item = element("li", { className: message.from.is_bot ? "message" : "message mine" });
    messages.set(message.message_id, item);
    log.append(item);
  }
  item.replaceChildren(...bubble(message));
  if (message.from.is_bot) doing("");
  if (atEnd || !message.from.is_bot) log.scrollTop = log.scrollHeight;
  for (const player of item.querySelectorAll("video")) {
    player.addEventListener("loadedmetadata", () => { if (atEnd) log.scrollTop = log.scrollHeight; });
  }
}

async function tap(message, button) {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  try {
    const asked = await sim("POST", `/people/${person.id}/taps`, {
      message_id: message.message_id, data: button.dataset.callback,
    });
    const stop = () => { button.ariaBusy = "false"; spinning.delete(asked.callback_query_id); };
    spinning.set(asked.callback_query_id, stop);
    setTimeout(stop, GIVE_UP);
    const now = await sim("GET", `/taps/${asked.callback_query_id}`); // the answer may have been quicker than this page
    if (now.answer) stop();
  } catch (error) {
    button.ariaBusy = "false";
    throw error;
  }
}

function answered(entry) {
  spinning.get(entry.callback_query_id)?.();
  if (!entry.answer.text) return;
  if (entry.answer.show_alert) {
    $("alert").firstElementChild.textContent = entry.answer.text;
    $("alert").showModal();
  } else {
    toast(entry.answer.text);
  }
}

function doing(action) {
  clearTimeout(actionTimer);
  const idle = !person ? "" : person.blocked ? "blocked" : "bot";
  $("status").textContent = action ? DOING[action] ?? "is busy…" : idle;
  if (action) actionTimer = setTimeout(() => doing(""), ACTION_SHOWN);
}

// ---- people

function refresh() {
  const started = messages.size > 0;
  const blocked = Boolean(person?.blocked);
  $("composer").hidden = !person || blocked || !started;
  $("start").hidden = !$("composer").hidden;
  $("start").textContent = blocked ? "Restart bot" : "Start";
  $("restart").disabled = !person;
  $("block").disabled = !person;
  $("block").ariaPressed = String(blocked);
  $("block").textContent = blocked ? "Unblock" : "Block";
  $("person-language").disabled = !person;
  if (person) chooseLanguage(person.language_code ?? "");
  for (const button of document.querySelectorAll("#people button")) {
    button.setAttribute("aria-current", String(Number(button.dataset.person) === person?.id));
  }
}

function chooseLanguage(code) {
  const select = $("person-language");
  if (![...select.options].some((option) => option.value === code)) {
    select.append(element("option", { value: code, textContent: code }));
  }
  select.value = code;
}

async function list() {
  const { people } = await sim("GET", "/people");
  $("people").replaceChildren(...people.slice(-200).reverse().map((one) => {
    const language = one.language_code ? ` (${one.language_code})` : "";
    const button = element("button", { type: "button", textContent: `${one.first_name}${language}` });
    button.dataset.person = one.id;
    button.addEventListener("click", attempt(() => choose(one.id)));
    return element("li", {}, button);
  }));
  return people;
}

async function choose(id) {
  events?.close();
  const { record } = await sim("GET", "/stats");
  person = await sim("GET", `/people/${id}`);
  messages.clear();
  spinning.clear();
  $("messages").replaceChildren();
  $("messages").ariaLive = "off"; // what was said before is not read out again
  for (const message of (await sim("GET", `/people/${id}/messages`)).messages) show(message);
  $("messages").ariaLive = "polite";
  history.replaceState(null, "", `?person=${id}`);
  events = new EventSource(`sim/events?since=${record}&chat_id=${id}`);
  events.onmessage = (event) => happened(JSON.parse(event.data));
  doing("");
  refresh();
}

function happened(entry) {
  if (entry.kind === "message" || entry.kind === "edit") show(entry.message);
  else if (entry.kind === "chat_action") doing(entry.action);
  else if (entry.kind === "callback_answer") answered(entry);
  else if (entry.kind === "person") { person = entry.person; doing(""); }
  refresh();
}

async function create(name, language) {
  const body = { first_name: name || "Alice" };
  if (language) body.language_code = language;
  const made = await sim("POST", "/people", body);
  await list();
  await choose(made.id);
}

const start = (payload) => sim("POST", `/people/${person.id}/start`, { payload });

// The payload of t.me/bot?start=token, tg://resolve?domain=bot&start=token, or the token itself.
function payloadOf(link) {
  const text = link.trim();
  return /[?&]start=([^&#]*)/.exec(text)?.[1] ?? (text.includes("/") ? "" : text);
}

// ---- what the buttons of the page do

$("link-form").addEventListener("submit", attempt(async () => {
  if (!person) await create("Alice", "en");
  await start(payloadOf($("link").value));
  if (matchMedia("(max-width: 48rem)").matches) $("people-panel").open = false;
}));
$("person-form").addEventListener("submit", attempt(() => create($("name").value, $("language").value)));
$("start").addEventListener("click", attempt(async () => {
  if (!person) await create("Alice", $("language").value);
  await start("");
  $("text").focus();
}));
$("restart").addEventListener("click", attempt(() => (
  person.blocked ? start("") : sim("POST", `/people/${person.id}/messages`, { text: "/restart" })
)));
$("block").addEventListener("click", attempt(() => (
  sim("POST", `/people/${person.id}/${person.blocked ? "unblock" : "block"}`)
)));
$("person-language").addEventListener("change", attempt(async (event) => {
  await sim("PATCH", `/people/${person.id}`, { language_code: event.target.value || null });
  await list();
  refresh();
}));
$("composer").addEventListener("submit", attempt(async () => {
  const text = $("text").value;
  if (!text.trim()) return;
  $("text").value = "";
  await sim("POST", `/people/${person.id}/messages`, { text });
}));

async function begin() {
  bot = (await sim("GET", "/stats")).bot;
  $("bot-name").textContent = bot.first_name;
  $("avatar").textContent = bot.first_name.slice(0, 1).toUpperCase();
  document.title = `${bot.first_name} – talk to the bot`;
  $("link").placeholder = `t.me/${bot.username}?start=token`;
  $("people-panel").open = !matchMedia("(max-width: 48rem)").matches;
  const query = new URLSearchParams(location.search);
  const people = await list();
  if (query.has("start") || query.has("lang")) {
    await create(query.get("name"), query.get("lang") ?? "en");
    if (query.has("start")) await start(query.get("start"));
  } else {
    const known = people.find((one) => String(one.id) === query.get("person"));
    if (known) await choose(known.id);
  }
  refresh();
}

attempt(begin)();
