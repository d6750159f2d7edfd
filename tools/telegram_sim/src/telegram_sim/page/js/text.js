// Text with Telegram's entities as DOM nodes. Offsets are UTF-16 code units, as in JavaScript's strings.
import { element } from "./dom.js";
import { safe } from "./links.js";

const TAGS = {
  bold: "b",
  italic: "i",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  text_mention: "b",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
  spoiler: "span",
  hashtag: "span",
  cashtag: "span",
  mention: "a",
  email: "a",
  phone_number: "a",
  text_link: "a",
  url: "a",
  bot_command: "button",
};

// `send` is what a tap on a command does.
export function rich(text, entities, send) {
  const known = entities.filter((entity) => TAGS[entity.type]);
  const edges = new Set([0, text.length]);
  for (const { offset, length } of known) edges.add(offset).add(offset + length);
  const cuts = [...edges].filter((cut) => cut >= 0 && cut <= text.length).sort((a, b) => a - b);
  const all = document.createDocumentFragment();
  for (let i = 0; i + 1 < cuts.length; i += 1) {
    const [from, to] = [cuts[i], cuts[i + 1]];
    const around = known.filter((entity) => entity.offset <= from && to <= entity.offset + entity.length);
    const words = text.slice(from, to);
    all.append(around.reduceRight((inner, entity) => wrapped(inner, entity, words, send), new Text(words)));
  }
  return all;
}

function wrapped(inner, entity, words, send) {
  const tag = TAGS[entity.type];
  if (tag === "a") return link(inner, entity, words);
  if (tag === "button") {
    return element("button", { type: "button", className: "command", on: { click: () => send(words) } }, inner);
  }
  if (entity.type === "spoiler") return spoiler(inner);
  return element(tag, tag === "span" ? { className: "tag" } : {}, inner);
}

const ADDRESSES = {
  mention: (words) => `https://t.me/${words.slice(1)}`,
  email: (words) => `mailto:${words}`,
  phone_number: (words) => `tel:${words}`,
};

function link(inner, entity, words) {
  const address = ADDRESSES[entity.type]?.(words) ?? safe(entity.url ?? words);
  return element("a", { href: address, target: "_blank", rel: "noreferrer noopener" }, inner);
}

function spoiler(inner) {
  const hidden = element("span", { className: "spoiled", "aria-hidden": "true" }, inner);
  const cover = element(
    "button",
    { type: "button", className: "spoiler", "aria-label": "Hidden text, press to show" },
    hidden,
  );
  cover.addEventListener("click", () => {
    hidden.removeAttribute("aria-hidden");
    cover.replaceWith(hidden);
    hidden.className = "revealed";
  });
  return cover;
}
