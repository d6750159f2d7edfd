// Building the page from nodes. Nothing here or elsewhere parses HTML, so no text can become markup.

export const $ = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

// Attributes go by their names, listeners as functions of `on`, the rest are properties.
export function element(name, { on = {}, data = {}, ...properties } = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (key === "role" || key === "for" || key.includes("-")) made.setAttribute(key, value);
    else made[key] = value;
  }
  Object.assign(made.dataset, data);
  for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener);
  made.append(...children);
  return made;
}

export function icon(path) {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("viewBox", "0 0 24 24");
  drawn.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  drawn.append(line);
  return drawn;
}

export const ICONS = {
  send: "M3 11.5 21 3l-5.5 18-4-7.5z M11.5 13.5 21 3",
  more: "M5 12h.01 M12 12h.01 M19 12h.01",
  clip: "M20 11.500 12 19.500a5 5 0 0 1-7-7l8.500-8.500a3.500 3.500 0 0 1 5 5L10 17.500a2 2 0 0 1-3-3l7.500-7.500",
  file: "M7 3h7l5 5v13H7z M14 3v5h5",
  lock: "M6 11h12v9H6z M8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  close: "M6 6l12 12 M18 6 6 18",
  down: "M12 5v14 M6 13l6 6 6-6",
};

export const unseen = (text) => element("span", { className: "unseen" }, text);

// A browser may be told to keep nothing; the page then works without memory.
export function remembered(key) {
  try {
    return localStorage.getItem(`telegram-sim.${key}`);
  } catch {
    return null;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(`telegram-sim.${key}`, value);
  } catch {
    // as above
  }
}

const SAID = 5; // that stay in the page

let toastTimer = 0;

export function toast(text) {
  clearTimeout(toastTimer);
  $("toast").textContent = text;
  $("toast").hidden = false;
  toastTimer = setTimeout(() => {
    $("toast").hidden = true;
  }, 6_000);
}

// Say something to those who cannot see it; what is said at the same time is said after each other.
export function say(text) {
  $("news").append(element("p", {}, text));
  while ($("news").childElementCount > SAID) $("news").firstChild.remove();
}

// A listener whose failure is told to whoever caused it.
export const attempt = (work) => async (event) => {
  event?.preventDefault?.();
  try {
    await work(event);
  } catch (error) {
    toast(error.message);
  }
};
