// Single-key shortcuts: listed on the page, off while text is written, and off for good if somebody wants that.
import { $, element, remember, remembered } from "./dom.js";

const WRITING = "input:not([type=checkbox]), textarea, select, [contenteditable]";

// `does` maps a key to [what it does, a function].
export function shortcuts(does) {
  $("shortcuts").append(
    ...Object.entries(does).flatMap(([key, [words]]) => [
      element("dt", {}, element("kbd", {}, key)),
      element("dd", {}, words),
    ]),
  );
  $("shortcuts-on").checked = remembered("shortcuts") !== "off";
  $("shortcuts-on").addEventListener("change", () => remember("shortcuts", $("shortcuts-on").checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.key === "Escape" && target.closest?.(".write")) {
      target.closest(".chat").querySelector(".log-of-chat").focus();
      return;
    }
    const busy =
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      target.matches?.(WRITING) ||
      document.querySelector("dialog[open]");
    if (busy || !$("shortcuts-on").checked || !Object.hasOwn(does, event.key)) return;
    event.preventDefault();
    does[event.key][1]();
  });
}
