// What a message carries besides words, shown and played.
import { element, icon, ICONS } from "./dom.js";

const address = (file) => `file/${encodeURIComponent(file.file_id)}`;

const MADE = { video, animation: video, video_note: video, audio, voice, photo, document: attached, sticker };

export function medium(message) {
  const kind = Object.keys(MADE).find((name) => message[name]);
  if (kind) {
    const made = MADE[kind](message[kind]);
    return [message.has_media_spoiler ? veiled(made, kind) : made];
  }
  const other = ["location", "contact", "venue", "poll", "dice", "game", "story"].find((name) => message[name]);
  return other ? [element("em", {}, `[${other}]`)] : [];
}

// Hidden until it is asked for.
function veiled(node, kind) {
  const hidden = element("div", { inert: true }, node);
  const cover = element("button", { type: "button", "aria-label": `Hidden ${kind}, press to show` }, "Show");
  const veil = element("div", { className: "veil" }, hidden, cover);
  cover.addEventListener("click", () => {
    veil.replaceWith(node);
    (node.matches("a, video") ? node : node.querySelector("a, video"))?.focus();
  });
  return veil;
}

// A file that cannot be shown says so instead of staying empty.
function gone(node, what) {
  node.addEventListener("error", () => {
    node.replaceWith(
      element(
        "p",
        { className: "lost" },
        `${what}: cannot be shown. Its bytes are no longer kept, or are something else.`,
      ),
    );
  });
  return node;
}

function video(file) {
  const shown = { className: "film", controls: true, preload: "metadata", playsInline: true, src: address(file) };
  if (file.width && file.height) Object.assign(shown, { width: file.width, height: file.height });
  const player = element("video", { ...shown, "aria-label": file.file_name || "Video" });
  player.addEventListener("loadedmetadata", () =>
    player.classList.toggle("tall", player.videoHeight > player.videoWidth),
  );
  return gone(player, "Video");
}

function audio(file) {
  const name = [file.performer, file.title].filter(Boolean).join(", ") || file.file_name || "Audio";
  return sound(file, name, "♪");
}

function voice(file) {
  return sound(file, "Voice message", "🎙");
}

function sound(file, name, sign) {
  const player = element("audio", { controls: true, preload: "metadata", src: address(file), "aria-label": name });
  const title = element("span", { className: "title" }, element("span", { "aria-hidden": "true" }, `${sign} `), name);
  return element("div", { className: "sound" }, title, gone(player, name));
}

function photo(sizes) {
  const best = Array.isArray(sizes) ? sizes.at(-1) : sizes;
  if (!best?.file_id) return element("em", {}, "[photo]");
  const image = { className: "picture", src: address(best), alt: "Photo", loading: "lazy" };
  if (best.width && best.height) Object.assign(image, { width: best.width, height: best.height });
  const picture = element("img", image);
  picture.addEventListener("load", () =>
    picture.classList.toggle("tall", picture.naturalHeight > picture.naturalWidth),
  );
  const whole = { className: "opens", href: address(best), target: "_blank", rel: "noreferrer noopener" };
  return element("a", whole, gone(picture, "Photo"));
}

function sticker(file) {
  return element("span", { className: "sticker", role: "img", "aria-label": "Sticker" }, file.emoji || "▢");
}

function attached(file) {
  const name = file.file_name || "Document";
  const size = sizeOf(file.file_size);
  const words = element("span", {}, element("b", {}, name), element("small", {}, size));
  return element("a", { className: "document", href: address(file), download: name }, icon(ICONS.file), words);
}

function sizeOf(bytes) {
  if (!(bytes >= 0)) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

// What a client makes of a file that somebody chooses.
export function kindOf({ type }) {
  if (/^image\/(jpeg|png|webp)$/.test(type)) return "photo";
  if (type === "video/mp4") return "video";
  if (type === "audio/ogg") return "voice";
  return /^audio\/(mpeg|mp4|x-m4a)$/.test(type) ? "audio" : "document";
}
