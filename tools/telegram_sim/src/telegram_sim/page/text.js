// Text with Telegram's entities as DOM nodes. Offsets are UTF-16 code units, as in JavaScript's strings.

const TAGS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote", spoiler: "mark", text_link: "a", url: "a",
};

export function rich(text, entities, safe) {
  const known = entities.filter((entity) => TAGS[entity.type]);
  const edges = new Set([0, text.length]);
  for (const { offset, length } of known) edges.add(offset).add(offset + length);
  const cuts = [...edges].sort((a, b) => a - b);
  const all = document.createDocumentFragment();
  for (let i = 0; i + 1 < cuts.length; i += 1) {
    const [from, to] = [cuts[i], cuts[i + 1]];
    const around = known.filter((entity) => entity.offset <= from && to <= entity.offset + entity.length);
    const words = text.slice(from, to);
    all.append(around.reduceRight((inner, entity) => wrapped(inner, entity, words, safe), new Text(words)));
  }
  return all;
}

function wrapped(inner, entity, words, safe) {
  const node = document.createElement(TAGS[entity.type]);
  if (node.localName === "a") {
    Object.assign(node, { href: safe(entity.url ?? words), target: "_blank", rel: "noreferrer" });
  }
  node.append(inner);
  return node;
}
