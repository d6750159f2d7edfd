// What a bot says so that it has to be closed; one after another.
import { $ } from "./dom.js";

const MOST = 20; // that wait
const waiting = [];

function next() {
  const alert = waiting.shift();
  if (!alert) return;
  $("alert-who").textContent = alert.who;
  $("alert-text").textContent = alert.text;
  $("alert").showModal();
}

export function alerted(who, text) {
  if (waiting.length < MOST) waiting.push({ who, text });
  if (!$("alert").open) next();
}

$("alert").addEventListener("close", next);
