// The page of motionlcm-demo: asks the server for motions, plays them, links to their files.
// facts: {steps, longest, guidance: [low, high], scales: {steps: default}, formats}, from the server.
const form = document.querySelector("form"), state = document.querySelector("#status");
const player = new MotionPlayer(document.querySelector("section"));
const KEPT = 8;  // motions made before, to look at again
const made = [];

form.steps.append(...facts.steps.map(count => new Option(count)));
form.seconds.max = facts.longest;
[form.guidance_scale.min, form.guidance_scale.max] = facts.guidance;
showDefaultScale();
form.steps.addEventListener("change", showDefaultScale);
form.addEventListener("submit", event => {
  event.preventDefault();
  generate(wish());
});
document.querySelector("#another").addEventListener("click", () => {
  form.seed.value = Number(form.seed.value) + 1;
  generate(wish());
});

function showDefaultScale() {
  form.guidance_scale.placeholder = facts.scales[form.steps.value];
}

// What the form asks for; fields left empty are left to the server.
function wish() {
  return new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
}

async function generate(query) {
  const start = performance.now();
  try {
    const answer = await fetch(`motion?${query}`);
    if (!answer.ok) throw new Error(await answer.text());
    const content = await answer.json();
    const motion = MotionPlayer.decode(content);
    const elapsed = Math.round(performance.now() - start);
    remember({query, motion});
    show({query, motion});
    const length = `${(player.frames / motion.fps).toFixed(1)} s of motion, made in ${elapsed} ms`;
    say([`${label(query)}: ${length}`, ...content.notes].join("; "));
  } catch (error) {
    say(error.message, true);
  }
}

function show({query, motion}) {
  player.show(motion);
  player.play();
  const links = facts.formats.map(format => {
    const link = document.createElement("a");
    link.href = `file?${query}&format=${format}`;
    link.textContent = format;
    link.download = "";
    return link;
  });
  document.querySelector("#files").replaceChildren("Save as", ...links);
}

function remember(motion) {
  made.unshift(motion);
  made.splice(KEPT);
  const buttons = made.map(one => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = button.title = label(one.query);
    button.addEventListener("click", () => {
      for (const field of ["prompt", "steps", "seconds", "guidance_scale", "seed"]) form[field].value = one.query.get(field) ?? "";
      showDefaultScale();
      show(one);
      say(label(one.query));
    });
    return button;
  });
  document.querySelector("#made").replaceChildren(...buttons);
}

function label(query) {
  return `${query.get("prompt")} (${query.get("steps")} step${query.get("steps") === "1" ? "" : "s"}, seed ${query.get("seed")})`;
}

function say(text, isWrong = false) {
  state.textContent = text;
  state.classList.toggle("wrong", isWrong);
}

generate(wish());
