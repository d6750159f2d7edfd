// The live log: bounded in memory and in the DOM, filtered, paused, copied.
import { $, attempt, element, remember, remembered, toast } from "./dom.js";
import { following } from "./following.js";
import { GROUPS, groupOf, line, searched } from "./logline.js";

const KEPT = 2000; // entries in memory
const SHOWN = 300; // lines in the DOM
const FILTERED = 120; // ms after the last key
const PACE = 250; // ms between two drawings

export class Log {
  #entries = [];
  #waiting = []; // since the last frame, or since Pause
  #forgotten = 0;
  #pace = 0;
  #timer = 0;
  #stale = false; // lines are missing, since nobody saw them
  #paused = false;
  #newest = following($("log-lines"));

  // `before` is what happened shortly before the page was opened.
  constructor(before) {
    this.#entries.push(...before);
    const off = new Set((remembered("log-off") ?? "chat,world").split(","));
    for (const [name, group] of Object.entries(GROUPS)) {
      const box = element("input", { type: "checkbox", checked: !off.has(name), data: { group: name } });
      box.addEventListener("change", () => this.#choose());
      $("log-groups").append(element("label", { className: "chip" }, box, group.title));
    }
    $("log-words").addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#draw(), FILTERED);
    });
    $("log-pause").addEventListener("click", () => this.pause(!this.#paused));
    $("log-clear").addEventListener("click", () => {
      this.#entries = [];
      this.#waiting = [];
      this.#forgotten = 0;
      this.#draw();
    });
    $("log-copy").addEventListener(
      "click",
      attempt(() => this.#copy()),
    );
    new ResizeObserver(() => {
      if (this.#stale) this.#draw();
    }).observe($("log"));
    this.#choose();
  }

  happened(entry) {
    this.#waiting.push(entry);
    if (this.#waiting.length > KEPT) this.#forgotten += this.#waiting.splice(0, this.#waiting.length - KEPT).length;
    if (!this.#pace) this.#pace = setTimeout(() => this.#flush(), PACE);
  }

  pause(on) {
    this.#paused = on;
    $("log-pause").textContent = on ? "Go on" : "Pause";
    this.#flush();
  }

  #flush() {
    clearTimeout(this.#pace);
    this.#pace = 0;
    if (!this.#paused) {
      const fresh = this.#waiting.splice(0);
      this.#entries.push(...fresh);
      const over = this.#entries.length - KEPT;
      if (over > 0) this.#forgotten += this.#entries.splice(0, over).length;
      this.#append(fresh.filter((entry) => this.#takes(entry)).slice(-SHOWN));
    }
    this.#count();
  }

  #choose() {
    const boxes = [...$("log-groups").querySelectorAll("input")];
    this.on = new Set(boxes.filter((box) => box.checked).map((box) => box.dataset.group));
    remember(
      "log-off",
      boxes
        .filter((box) => !box.checked)
        .map((box) => box.dataset.group)
        .join(","),
    );
    const kinds = Object.entries(GROUPS)
      .filter(([name]) => this.on.has(name))
      .flatMap(([, group]) => group.kinds);
    $("log-export").href = `sim/record?format=jsonl&kinds=${kinds.join(",")}`;
    this.#draw();
  }

  #takes(entry) {
    const words = $("log-words").value.trim().toLowerCase();
    return this.on.has(groupOf(entry)) && (!words || searched(entry).includes(words));
  }

  #draw() {
    $("log-lines").replaceChildren();
    this.#append(this.#entries.filter((entry) => this.#takes(entry)).slice(-SHOWN));
    this.#count();
  }

  #append(entries) {
    this.#stale = $("log").hidden;
    if (!entries.length || this.#stale) return;
    const lines = $("log-lines");
    lines.append(...entries.map(line));
    while (lines.childElementCount > SHOWN) lines.firstChild.remove();
    this.#newest.settle();
  }

  #count() {
    const paused = this.#paused ? `Paused, ${this.#waiting.length} waiting. ` : "";
    const gone = this.#forgotten ? `, ${this.#forgotten} older ones only in the export` : "";
    const text = `${paused}${$("log-lines").childElementCount} of ${this.#entries.length} entries${gone}`;
    if ($("log-state").textContent !== text) $("log-state").textContent = text;
  }

  async #copy() {
    const chosen = this.#entries.filter((entry) => this.#takes(entry));
    if (!navigator.clipboard) throw new Error("This address may not use the clipboard: use Export.");
    await navigator.clipboard.writeText(chosen.map((entry) => JSON.stringify(entry)).join("\n"));
    toast(`${chosen.length} entries copied as JSON lines.`);
  }
}
