// Dark or light: as the system has it, until the switch is pressed.

export function wireTheme(stage) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const dress = () => {
    const theme = chosen ?? (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    stage.wear(theme);
  };
  dark.addEventListener("change", dress);
  document.getElementById("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    dress();
  });
  dress();
}
