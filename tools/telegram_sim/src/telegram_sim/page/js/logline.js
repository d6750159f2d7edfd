// One entry of the record as one line, its JSON behind it.
import { element } from "./dom.js";

// Every kind of entry belongs to the first group that names it, and to the last if none does.
export const GROUPS = {
  updates: { title: "Updates", kinds: ["update", "released", "expired", "unwanted"] },
  answers: { title: "Answers", kinds: ["delivery"] },
  calls: { title: "Calls", kinds: ["call", "download"] },
  chat: { title: "Chat", kinds: ["message", "edit", "delete", "chat_action", "tap", "callback_answer"] },
  world: { title: "The rest", kinds: ["person", "faults", "switches", "clock", "reset"] },
};

const BY_KIND = new Map(Object.entries(GROUPS).flatMap(([name, { kinds }]) => kinds.map((kind) => [kind, name])));

export const groupOf = (entry) => BY_KIND.get(entry.kind) ?? "world";

const texts = new WeakMap();

export function searched(entry) {
  let text = texts.get(entry);
  if (text === undefined) {
    text = JSON.stringify(entry).toLowerCase();
    texts.set(entry, text);
  }
  return text;
}

const TOLD = {
  update: ({ update_id: id, update, held }) => `${id} ${contentOf(update)}${held ? " – held back" : ""}`,
  delivery: (entry) =>
    `${entry.update_id} ${entry.error || entry.status}${entry.attempt > 1 ? `, attempt ${entry.attempt}` : ""}` +
    `${entry.next_try_in === null || entry.next_try_in === undefined ? "" : `, again in ${entry.next_try_in} s`}` +
    `${entry.answer?.method ? `, with ${entry.answer.method}` : ""}`,
  call: ({ method, status, fault, answer, params, chat_id: chat }) =>
    `${method}${chat ? ` to ${chat}` : ""} ${status || "cut"}` +
    `${params?.text || params?.caption ? ` ${String(params.text || params.caption).slice(0, 60)}` : ""}` +
    `${fault ? ` – fault ${fault}` : ""}${answer?.description ? ` – ${answer.description}` : ""}`,
  download: ({ path, status }) => `${path} ${status}`,
  clock: ({ advanced }) => `${advanced} s on`,
  message: ({ message }) => `${message.message_id} ${message.from?.first_name}: ${shortened(message)}`,
  edit: ({ message }) => `${message.message_id} edited: ${shortened(message)}`,
  delete: (entry) => `${entry.message_id} deleted`,
  chat_action: ({ chat_id: chat, action }) => `${action} to ${chat}`,
  tap: ({ chat_id: chat, data }) => `${chat} taps ${data}`,
  callback_answer: ({ chat_id: chat, answer }) => `to ${chat} ${answer.text ?? "without words"}`,
  person: ({ person }) =>
    `${person.first_name} ${person.id}${person.blocked ? ", blocked the bot" : ""}${person.deactivated ? ", deactivated" : ""}`,
  released: (entry) => (entry.now_numbered ?? entry.update_ids).join(", "),
  expired: ({ update_id: id, update_kind: kind }) => `${id} ${kind}, which nobody took in time`,
  unwanted: ({ update_kind: kind }) => `${kind} is not among allowed_updates`,
  faults: ({ faults }) => faults.map((fault) => fault.kind).join(", ") || "none",
};

export function contentOf(update) {
  const kind = Object.keys(update).find((name) => name !== "update_id") ?? "";
  const content = update[kind];
  const said = content?.text ?? content?.data ?? content?.new_chat_member?.status ?? "";
  return `${kind} ${String(said).slice(0, 80)}`;
}

function shortened(message) {
  const kind = ["video", "audio", "voice", "photo", "document", "sticker"].find((name) => message[name]);
  return `${kind ? `[${kind}] ` : ""}${(message.text ?? message.caption ?? "").slice(0, 80)}`;
}

const bad = (entry) => Boolean(entry.fault || entry.error || entry.status >= 400 || entry.status === 0);

export function line(entry) {
  const at = new Date(entry.at * 1000);
  const time = element("time", { dateTime: at.toISOString() }, at.toLocaleTimeString([], { hour12: false }));
  const kind = element("span", { className: `kind ${groupOf(entry)}` }, entry.kind.replace("_", " "));
  const told = element("span", { className: "told" }, TOLD[entry.kind]?.(entry) ?? "");
  const details = element("details", {}, element("summary", {}, time, kind, told));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1)
      details.append(element("pre", { tabIndex: 0, "aria-label": "As JSON" }, JSON.stringify(entry, null, 2)));
  });
  return element("li", { className: bad(entry) ? "bad" : "", data: { kind: entry.kind } }, details);
}
