// One message: its bubble, its buttons, and their spinners.
import { attempt, element, icon, ICONS, toast, unseen } from "./dom.js";
import { safe } from "./links.js";
import { medium } from "./media.js";
import { rich } from "./text.js";

const HOURS = { hour: "2-digit", minute: "2-digit" };

// `does` is what a reader can do: tap(data) and send(text).
export function fill(item, message, does) {
  const words = rich(
    message.text ?? message.caption ?? "",
    message.entities ?? message.caption_entities ?? [],
    does.send,
  );
  const who = unseen(message.from?.is_bot ? `${message.from.first_name}: ` : "You: ");
  const said = element("div", { className: large(message) ? "words large" : "words", dir: "auto" }, words);
  const parts = [...medium(message), said];
  if (message.show_caption_above_media) parts.reverse();
  const bubble = element("div", { className: "bubble" }, who, ...quoted(message), ...parts, when(message));
  const keys = keyboard(message, does);
  item.replaceChildren(bubble, ...keys);
}

// A few emoji and nothing else are shown large.
const large = ({ text, entities }) => !entities?.length && /^\p{RGI_Emoji}{1,3}$/v.test(text ?? "");

function when(message) {
  const date = new Date((message.edit_date ?? message.date) * 1000);
  const time = element("time", { dateTime: date.toISOString() }, date.toLocaleTimeString([], HOURS));
  const shown = element("span", { className: "when", "aria-live": "off" }, message.edit_date ? "edited " : "", time);
  if (message.has_protected_content) {
    const title = "Cannot be forwarded or saved";
    shown.prepend(element("span", { className: "lock", role: "img", "aria-label": title, title }, icon(ICONS.lock)));
  }
  if (!message.from?.is_bot) shown.append(element("span", { className: "tick", role: "img" }));
  return shown;
}

const TICKS = { sent: ["✓", "sent"], taken: ["✓✓", "taken by the bot"], refused: ["!", "not taken by the bot yet"] };

// Whether the bot took a message: a client shows whether a person read it.
export function tick(item, state) {
  const sign = item.querySelector(".tick");
  if (!sign) return;
  [sign.textContent, sign.ariaLabel] = TICKS[state];
  sign.dataset.state = state;
}

function quoted(message) {
  const earlier = message.reply_to_message;
  if (!earlier) return [];
  return [
    element(
      "blockquote",
      { className: "reply" },
      message.quote?.text ?? earlier.text ?? earlier.caption ?? "A message",
    ),
  ];
}

function keyboard(message, does) {
  const rows = message.reply_markup?.inline_keyboard ?? [];
  if (!rows.length) return [];
  const made = rows.map((row) => element("div", {}, ...row.map((button) => key(button, does))));
  return [element("div", { className: "keys", role: "group", "aria-label": "Buttons" }, ...made)];
}

function key(button, does) {
  const url = button.url ?? button.login_url?.url ?? button.web_app?.url;
  if (url) {
    const sign = element("span", { "aria-hidden": "true" }, "↗");
    return element("a", { href: safe(url), target: "_blank", rel: "noreferrer noopener" }, button.text, sign);
  }
  const made = element("button", { type: "button" }, button.text);
  if (button.callback_data === undefined) {
    const other = button.copy_text
      ? copied(button.copy_text.text)
      : () => toast("This kind of button is not simulated.");
    made.addEventListener("click", attempt(other));
    return made;
  }
  made.dataset.callback = button.callback_data;
  made.addEventListener(
    "click",
    attempt(async () => {
      if (made.ariaBusy === "true") return;
      spin(made, true); // at once, not when the simulator has told that it was pressed
      await does.tap(button.callback_data).catch((error) => {
        spin(made, false);
        throw error;
      });
    }),
  );
  return made;
}

const copied = (text) => async () => {
  await navigator.clipboard.writeText(text);
  toast("Copied.");
};

export function spin(button, on) {
  button.ariaBusy = String(on);
}

export function buttonOf(item, data) {
  return [...item.querySelectorAll("button[data-callback]")].find((button) => button.dataset.callback === data);
}
