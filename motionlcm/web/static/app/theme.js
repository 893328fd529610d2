// Dark or light: as the system has it, until the switch is pressed; that is kept for the next time.

import {keptOf, keep} from "./kept.js";

export function wireTheme(stage) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = keptTheme();
  const dress = () => {
    const theme = chosen ?? (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    stage.wear(theme);
  };
  dark.addEventListener("change", dress);
  document.getElementById("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    keep("theme", chosen);
    dress();
  });
  dress();
}

// What the switch was set to the last time, or null.
export function keptTheme() {
  const theme = keptOf("theme");
  return ["dark", "light"].includes(theme) ? theme : null;
}
