// Light or dark: as the system says, unless somebody chose.
import { $, remember, remembered } from "./dom.js";

export function theme() {
  const apply = () => {
    document.documentElement.dataset.theme = $("theme").value;
  };
  const kept = remembered("theme");
  if (["light", "dark"].includes(kept)) $("theme").value = kept;
  $("theme").addEventListener("change", () => {
    remember("theme", $("theme").value);
    apply();
  });
  apply();
}
