// Faults and switches, drawn from the list that the control API gives.
import { sim } from "./api.js";
import { $, attempt, element, say } from "./dom.js";
import { held } from "./held.js";

const TARGETS = {
  call: "Calls of the bot",
  update: "Updates to the bot",
  webhook: "Checks of the webhook",
  port: "The simulator itself",
};
const SETTLE = 150; // ms in which several changes are asked for at once
const CHANGES = new Set(["faults", "switches", "released", "reset"]);

export class Faults {
  #rows = new Map(); // kind of fault or name of switch → its row
  #timer = 0;

  constructor(people) {
    this.people = people;
    this.held = held();
  }

  async draw() {
    const { kinds, fields, switches } = await sim("GET", "/faults");
    this.fields = new Map(fields.map((field) => [field.name, field]));
    const shared = sharedBy(kinds);
    this.inputs = new Map([...shared].map((name) => [name, this.#input(this.fields.get(name), "any")]));
    this.inputs.get("times").lastChild.value = "0"; // what is switched on stays on until it is switched off
    const parts = [
      this.#group(
        "Always",
        switches.map((one) => this.#row(one.name, one, [], (on) => this.#turn(one.name, on))),
        [this.held.node],
      ),
    ];
    for (const target of new Set(kinds.map((kind) => kind.target))) {
      const rows = kinds.filter((kind) => kind.target === target).map((kind) => this.#fault(kind, shared));
      parts.push(this.#group(TARGETS[target] ?? target, rows));
    }
    const which = element(
      "details",
      { className: "which" },
      element("summary", {}, "Which calls and updates, and how often"),
    );
    which.append(element("p", {}, "For what is switched on next."), ...this.inputs.values());
    const clear = element(
      "button",
      { type: "button", on: { click: attempt(() => sim("DELETE", "/faults")) } },
      "Clear all faults",
    );
    $("faults-body").replaceChildren(which, ...parts, clear);
    await this.refresh();
  }

  happened(entry) {
    const used = entry.fault || (entry.kind === "update" && (entry.held || this.counting));
    if (this.#timer || (!used && !CHANGES.has(entry.kind))) return;
    this.#timer = setTimeout(
      attempt(() => {
        this.#timer = 0;
        return this.refresh();
      }),
      SETTLE,
    );
  }

  async refresh() {
    const [{ faults }, switches] = await Promise.all([sim("GET", "/faults"), sim("GET", "/switches")]);
    this.counting = faults.some((fault) => fault.times > 0); // what an update meets is told by no entry of its own
    for (const [name, row] of this.#rows) {
      const own = faults.filter((fault) => fault.kind === name);
      row.show(switches[name] ?? own.length > 0, own);
    }
    const on = Object.values(switches).filter(Boolean).length + new Set(faults.map((fault) => fault.kind)).size;
    $("faults-on").hidden = on === 0;
    $("faults-on").textContent = String(on);
    $("faults-on").ariaLabel = `${on} on`;
    await this.held.refresh(switches.hold_updates);
  }

  #group(title, rows, more = []) {
    return element("section", { className: "group" }, element("h3", {}, title), ...rows, ...more);
  }

  #fault(kind, shared) {
    const own = kind.fields
      .filter((name) => !shared.has(name))
      .map((name) => [name, this.#input(this.fields.get(name), kind.title)]);
    const once = kind.target === "port"; // the page cannot ask for its end while nothing listens
    return this.#row(
      kind.name,
      kind,
      own.map(([, input]) => input),
      async (on) => {
        if (!on) return sim("DELETE", `/faults?kind=${encodeURIComponent(kind.name)}`);
        const wanted = [...own, ...[...this.inputs].filter(([name]) => kind.fields.includes(name))];
        return sim("POST", "/faults", { kind: kind.name, ...this.#values(wanted) });
      },
      once,
    );
  }

  #row(name, { title, help }, inputs, turn, once = false) {
    const about = element("span", { className: "about", id: `about-${name}` }, help);
    const left = element("span", { className: "left" });
    const role = once ? {} : { role: "switch", "aria-checked": "false" };
    const track = element("span", { className: once ? "now" : "track", "aria-hidden": "true" }, once ? "Now" : "");
    const button = element(
      "button",
      { type: "button", className: "switch", data: { fault: name }, "aria-describedby": about.id, ...role },
      element("span", { className: "title" }, title, left),
      track,
    );
    button.addEventListener(
      "click",
      attempt(async () => {
        await turn(once || button.ariaChecked !== "true");
        if (!once) await this.refresh();
      }),
    );
    const show = (on, faults) => {
      if (!once) button.ariaChecked = String(on);
      left.textContent = remaining(faults);
    };
    this.#rows.set(name, { show });
    return element("div", { className: "fault" }, button, about, ...inputs);
  }

  async #turn(name, on) {
    await sim("PATCH", "/switches", { [name]: on });
    if (name === "hold_updates" && !on) say("What is held back stays so until it is released.");
  }

  #input(field, whose) {
    const words = element("span", {}, field.title);
    if (field.name === "chat_id") return element("label", { className: "field" }, words, this.#chats());
    const number = field.type !== "text";
    const box = element("input", { type: number ? "number" : "text", value: field.default ?? "", autocomplete: "off" });
    if (number) Object.assign(box, { min: field.least, max: field.most, step: field.type === "integer" ? 1 : "any" });
    box.setAttribute("aria-label", whose === "any" ? field.title : `${field.title}, ${whose}`);
    return element("label", { className: "field" }, words, box);
  }

  #chats() {
    const select = element("select", {});
    const fill = () =>
      select.replaceChildren(
        element("option", { value: "" }, "everybody"),
        ...this.people.open.map(({ person }) => element("option", { value: person.id }, person.first_name)),
      );
    select.addEventListener("focus", () => {
      const { value } = select;
      fill();
      select.value = value;
    });
    fill();
    return select;
  }

  #values(inputs) {
    const values = {};
    for (const [name, label] of inputs) {
      const box = label.lastChild;
      if (!box.checkValidity()) throw new Error(`${this.fields.get(name).title}: ${box.validationMessage}`);
      if (box.value !== "") values[name] = this.fields.get(name).type === "text" ? box.value : Number(box.value);
    }
    return values;
  }
}

// Fields that all kinds of one target have are asked for once; the others stand beside their kind.
function sharedBy(kinds) {
  const shared = new Set();
  for (const target of new Set(kinds.map((kind) => kind.target))) {
    const own = kinds.filter((kind) => kind.target === target);
    if (own.length > 1)
      for (const name of own[0].fields) if (own.every((kind) => kind.fields.includes(name))) shared.add(name);
  }
  return shared;
}

function remaining(faults) {
  const counted = faults.filter((fault) => fault.times > 0).reduce((sum, fault) => sum + fault.times, 0);
  return counted ? ` ${counted} left` : "";
}
