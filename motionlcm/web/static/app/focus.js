// The focus among controls that are made anew, for those who use keys.

// Call the answer once they are: the focus is at the same place among them, at the last of fewer, or
// on the stage where none is left.
export function keepFocus(home) {
  const controls = () => [...home.querySelectorAll("button, input, summary")], at = controls().indexOf(document.activeElement);
  return () => {
    if (at < 0) return;
    const now = controls();
    (now[Math.min(at, now.length - 1)] ?? document.getElementById("canvas")).focus({preventScroll: true});
  };
}
