// What a person can do next: press Start, write, or come back.
import { attempt, element, icon, ICONS } from "./dom.js";
import { kindOf } from "./media.js";

// `does` has start(), send(text), attach(kind, file), unblock() and revive().
export function composer(name, does) {
  const box = element("input", {
    autocomplete: "off",
    placeholder: "Message",
    maxLength: 4096,
    "aria-label": `Message from ${name}`,
  });
  box.setAttribute("list", "commands"); // a read-only property of inputs, so only by its attribute
  const form = element(
    "form",
    { className: "write" },
    attachment(does.attach),
    box,
    element("button", { className: "send", "aria-label": "Send" }, icon(ICONS.send)),
  );
  form.addEventListener(
    "submit",
    attempt(async () => {
      const text = box.value;
      if (!text.trim()) return;
      box.value = "";
      await does.send(text).catch((error) => {
        box.value = text;
        throw error;
      });
    }),
  );
  const ways = {
    start: big("Start", does.start),
    blocked: big("Unblock", does.unblock),
    deactivated: big("Reactivate account", does.revive),
    write: form,
  };
  const node = element("footer", {}, ...Object.values(ways));

  // Show one way; whoever pressed the button that goes away is led to the one that comes.
  function show(way) {
    const held = node.contains(document.activeElement) && ways[way].hidden;
    for (const [name_, part] of Object.entries(ways)) part.hidden = name_ !== way;
    if (held) (way === "write" ? box : ways[way]).focus();
  }

  // To whatever can be done now.
  function focus() {
    const part = Object.values(ways).find((one) => !one.hidden);
    (part === form ? box : part).focus();
  }
  return { node, box, show, focus };
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
