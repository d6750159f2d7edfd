// What a person can do next: press Start, write, press a key, or come back.
import { attempt, element, icon, ICONS } from "./dom.js";
import { kindOf } from "./media.js";
import { popup } from "./popup.js";
import { replyKeyboard } from "./replykeys.js";

// `person` tells whose it is; `does` has start(), send(text), post(fields of a message), attach(kind, file), unblock()
// and revive().
export function composer(person, does) {
  let answered; // the message that the bot wants an answer to
  const box = element("textarea", { rows: 1, autocomplete: "off", maxLength: 4096 });
  const menu = popup("Commands of the bot", element("span", { "aria-hidden": "true" }, "/"), "up");
  const form = element(
    "form",
    { className: "write" },
    attachment(does.attach),
    menu.node,
    box,
    element("button", { className: "send", "aria-label": "Send" }, icon(ICONS.send)),
  );
  const quoted = element("span", {});
  const drop = { type: "button", className: "quiet", "aria-label": "Not as an answer", on: { click: () => dropped() } };
  const quote = element(
    "p",
    { className: "answering", hidden: true },
    quoted,
    element("button", drop, icon(ICONS.close)),
  );
  const keys = replyKeyboard(person, { ...does, leave: () => box.focus() });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener(
    "submit",
    attempt(async () => {
      const text = box.value;
      if (!text.trim()) return;
      const wanted = answered;
      box.value = "";
      answer(undefined);
      await (wanted ? does.post({ text, reply_to_message: wanted }) : does.send(text)).catch((error) => {
        box.value = text;
        answer(wanted);
        throw error;
      });
    }),
  );
  const ways = {
    start: big("Start", does.start),
    blocked: big("Unblock", does.unblock),
    deactivated: big("Reactivate account", does.revive),
    write: element("div", {}, quote, form, keys.node),
  };
  const node = element("footer", {}, ...Object.values(ways));

  function answer(message) {
    answered = message;
    quote.hidden = !message;
    quoted.textContent = message ? `Answer to: ${message.text ?? message.caption ?? "a message"}` : "";
  }

  function dropped() {
    answer(undefined);
    box.focus();
  }

  // Do as the bot's markup says.
  function obey(markup, message) {
    box.placeholder = markup.input_field_placeholder || "Message";
    if (Array.isArray(markup.keyboard)) keys.show(markup);
    if (markup.remove_keyboard) keys.hide();
    if (markup.force_reply) answer(message);
  }

  function refresh() {
    box.setAttribute("aria-label", `Message from ${person().first_name}`);
  }

  function offer(commands) {
    menu.node.hidden = !commands.length;
    menu.list.replaceChildren(
      ...commands.map(({ command, description }) =>
        menu.item([element("b", {}, `/${command}`), " ", element("small", {}, description)], () =>
          does.send(`/${command}`),
        ),
      ),
    );
  }

  // Show one way; whoever pressed the button that goes away is led to the one that comes.
  function show(way) {
    const held = node.contains(document.activeElement) && ways[way].hidden;
    for (const [name_, part] of Object.entries(ways)) part.hidden = name_ !== way;
    if (held) (way === "write" ? box : ways[way]).focus();
  }

  // To whatever can be done now.
  function focus() {
    const part = Object.values(ways).find((one) => !one.hidden);
    (part === ways.write ? box : part).focus();
  }
  obey({});
  return { node, box, show, focus, obey, offer, refresh };
}

const big = (text, work) => element("button", { type: "button", className: "big", on: { click: attempt(work) } }, text);

// A medium of the person's own; the caption is for messages of the bot.
function attachment(attach) {
  const input = element("input", { type: "file", hidden: true, tabIndex: -1, "aria-hidden": "true" });
  const button = element(
    "button",
    { type: "button", className: "attach", "aria-label": "Send a photo, video, audio or file" },
    icon(ICONS.clip),
  );
  button.addEventListener("click", () => input.click());
  input.addEventListener(
    "change",
    attempt(async () => {
      const files = [...input.files];
      input.value = ""; // the same file may be chosen again
      for (const file of files) await attach(kindOf(file), file);
    }),
  );
  return element("span", {}, button, input);
}
