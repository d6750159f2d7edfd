// Updates that are held back, and the order in which to release them.
import { sim } from "./api.js";
import { attempt, element, say } from "./dom.js";
import { contentOf } from "./logline.js";

const MOST = 50; // shown

export function held() {
  let updates = [];
  let count = 0;
  const list = element("ol", { className: "held-list", "aria-label": "Held back, in the order of release" });
  const state = element("p", {});
  const release = (body) =>
    attempt(async () => {
      const { released } = await sim("POST", "/updates/release", body());
      say(`${released.length} updates released`);
    });
  const order = () => [...new Set(updates.map((one) => one.update_id))].filter((id) => id !== null); // twins share a number
  const now = element(
    "button",
    { type: "button", on: { click: release(() => ({ order: order() })) } },
    "Release in this order",
  );
  const shuffled = element(
    "button",
    { type: "button", on: { click: release(() => ({ shuffle: true })) } },
    "Release shuffled",
  );
  const node = element(
    "div",
    { className: "held", hidden: true },
    state,
    list,
    element("div", { className: "buttons" }, now, shuffled),
  );

  // Two updates of one queue keep their order at Telegram, so their arrow does nothing.
  function draw() {
    state.textContent = count
      ? `${count} held back${count > MOST ? `, the first ${MOST} are shown` : ""}`
      : "Nothing is held back.";
    list.replaceChildren(
      ...updates
        .slice(0, MOST)
        .map((update, place) =>
          element(
            "li",
            {},
            element("span", {}, contentOf(update.update), element("small", {}, String(update.update_id))),
            earlier(update, place),
          ),
        ),
    );
    now.disabled = shuffled.disabled = !updates.length;
  }

  function earlier(update, place) {
    const before = updates[place - 1];
    const up = element(
      "button",
      {
        type: "button",
        "aria-label": `Earlier: ${update.update_id}`,
        disabled: !before || before.queue === update.queue,
      },
      "↑",
    );
    up.addEventListener("click", () => {
      updates.splice(place - 1, 2, update, before);
      draw();
      list.children[place - 1]?.querySelector("button:not(:disabled)")?.focus();
      say(`${update.update_id} is now number ${place}`);
    });
    return up;
  }

  async function refresh(holding) {
    const answer = await sim("GET", "/updates/held");
    count = answer.count;
    const places = new Map(updates.map((update, place) => [update.update_id, place]));
    updates = answer.held.sort(
      (a, b) =>
        (places.get(a.update_id) ?? Infinity) - (places.get(b.update_id) ?? Infinity) || a.update_id - b.update_id,
    );
    node.hidden = !holding && !updates.length;
    draw();
  }
  return { node, refresh };
}
