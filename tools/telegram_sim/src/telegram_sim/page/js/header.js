// The head of a chat: who it is, what the bot is doing, and what one can do about the account.
import { attempt, element, icon, ICONS } from "./dom.js";
import { languages } from "./languages.js";
import { popup } from "./popup.js";

const DOING = {
  typing: "is typing…",
  upload_video: "is sending a video…",
  record_video: "is recording a video…",
  upload_voice: "is sending a voice message…",
  record_voice: "is recording a voice message…",
  upload_audio: "is sending audio…",
  record_audio: "is recording audio…",
  upload_document: "is sending a file…",
  upload_photo: "is sending a photo…",
  choose_sticker: "is choosing a sticker…",
  find_location: "is finding a location…",
  pick_up_location: "is finding a location…",
  upload_video_note: "is sending a video message…",
  record_video_note: "is recording a video message…",
};
const HUES = 6;

export function chatHeader(chat, closes) {
  const picture = element("span", { className: `avatar hue-${chat.person.id % HUES}`, "aria-hidden": "true" });
  const name = element("h2", { id: `name-${chat.person.id}` });
  const status = element("p", {});
  const language = element("select", { "aria-label": "Language" });
  language.addEventListener(
    "change",
    attempt(() => chat.change({ language_code: language.value || null })),
  );
  const more = menu(chat, closes);
  const node = element("header", {}, picture, element("div", { className: "who" }, name, status), language, more.node);

  function refresh() {
    const { person, bot } = chat;
    picture.textContent = [...person.first_name.trim()][0]?.toUpperCase() ?? "?";
    put(name, [person.first_name, person.last_name].filter(Boolean).join(" "));
    put(status, stateOf(chat) ?? `with ${bot.first_name}`);
    status.classList.toggle("busy", Boolean(chat.action));
    languages(language, person.language_code ?? "");
    language.ariaLabel = `Language of ${person.first_name}`;
    more.refresh();
  }
  return { node, refresh };
}

// What stays is left alone, selected or not.
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const doing = (action) => DOING[action] ?? "is busy…";

function stateOf({ person, bot, action }) {
  if (person.deactivated) return "account deactivated";
  if (person.blocked) return `blocked ${bot.first_name}`;
  return action ? `${bot.first_name} ${doing(action)}` : undefined;
}

function menu(chat, closes) {
  const { node, list, item, name } = popup("More", icon(ICONS.more), "down");
  const again = item(["Press Start again"], () => chat.start(""));
  const block = item([], () => chat.act(chat.person.blocked ? "/unblock" : "/block"));
  const account = item([], () => chat.change({ deactivated: !chat.person.deactivated }));
  const close = item(["Close this chat"], () => closes(chat.person.id));
  list.append(again, block, account, close);
  function refresh() {
    name(`More about ${chat.person.first_name}`);
    block.textContent = chat.person.blocked ? "Unblock the bot" : "Block the bot";
    account.textContent = chat.person.deactivated ? "Reactivate account" : "Deactivate account";
    again.hidden = chat.person.deactivated;
  }
  return { node, refresh };
}
