// What a Telegram client may say that its language is.
import { element } from "./dom.js";

const KNOWN = [
  ["en", "English"],
  ["es", "Español"],
  ["de", "Deutsch"],
  ["fr", "Français"],
  ["it", "Italiano"],
  ["pt-br", "Português"],
  ["pl", "Polski"],
  ["uk", "Українська"],
  ["ru", "Русский"],
  ["tr", "Türkçe"],
  ["ar", "العربية"],
  ["he", "עברית"],
  ["fa", "فارسی"],
  ["hi", "हिन्दी"],
  ["zh-hans", "简体中文"],
  ["", "none"],
];

// Fill a select, with `current` chosen, whatever it is: the field may hold anything.
export function languages(select, current) {
  const value = typeof current === "string" ? current : JSON.stringify(current);
  if (!select.options.length) {
    select.append(
      ...KNOWN.map(([code, name]) => element("option", { value: code }, code ? `${name} (${code})` : name)),
    );
  }
  if (![...select.options].some((option) => option.value === value)) select.append(element("option", { value }, value));
  select.value = value;
}
