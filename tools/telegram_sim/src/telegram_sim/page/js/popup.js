// A button that opens a list of others. Escape, leaving it, or a choice closes it.
import { attempt, element } from "./dom.js";

export function popup(label, sign, side) {
  const summary = element("summary", { "aria-label": label }, sign);
  const list = element("div", {});
  const node = element("details", { className: `menu ${side}` }, summary, list);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !node.open) return;
    event.stopPropagation();
    node.open = false;
    summary.focus();
  });
  node.addEventListener("focusout", (event) => {
    if (!node.contains(event.relatedTarget)) node.open = false;
  });

  function item(content, work) {
    const click = attempt(async () => {
      node.open = false;
      summary.focus(); // what was chosen goes out of sight
      await work();
    });
    return element("button", { type: "button", on: { click } }, ...content);
  }
  return { node, list, item, name: (text) => summary.setAttribute("aria-label", text) };
}
