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
  const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
  const {prompt = "", seconds, ...others} = values;
  const numbers = Object.entries(others).map(([name, value]) => [name, Number(value)]);
  return {prompts: [{text: prompt, seconds: seconds ? Number(seconds) : null}], ...Object.fromEntries(numbers)};
}

async function ask(path, query) {
  const answer = await fetch(path, {method: "POST", body: JSON.stringify(query)});
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer;
}

function decode(content) {
  const bytes = Uint8Array.from(atob(content.positions), c => c.charCodeAt(0));
  return {...facts.skeleton, fps: content.fps, positions: new Float32Array(bytes.buffer)};
}

async function generate(query) {
  const start = performance.now();
  try {
    const content = await (await ask("api/generate", query)).json();
    const motion = decode(content.motions[0]);
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
    link.href = `#${format}`;
    link.textContent = format;
    link.addEventListener("click", event => {
      event.preventDefault();
      save(query, format);
    });
    return link;
  });
  document.querySelector("#files").replaceChildren("Save as", ...links);
}

async function save(query, format) {
  try {
    const answer = await ask(`api/file?format=${format}`, query);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = decodeURIComponent(answer.headers.get("Content-Disposition").split("''")[1]);
    link.click();
    URL.revokeObjectURL(link.href);
  } catch (error) {
    say(error.message, true);
  }
}

function remember(motion) {
  made.unshift(motion);
  made.splice(KEPT);
  const buttons = made.map(one => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = button.title = label(one.query);
    button.addEventListener("click", () => {
      const [{text, seconds}] = one.query.prompts;
      form.prompt.value = text;
      form.seconds.value = seconds ?? "";
      for (const field of ["steps", "guidance_scale", "seed"]) form[field].value = one.query[field] ?? "";
      showDefaultScale();
      show(one);
      say(label(one.query));
    });
    return button;
  });
  document.querySelector("#made").replaceChildren(...buttons);
}

function label(query) {
  return `${query.prompts[0].text} (${query.steps} step${query.steps === 1 ? "" : "s"}, seed ${query.seed})`;
}

function say(text, isWrong = false) {
  state.textContent = text;
  state.classList.toggle("wrong", isWrong);
}

generate(wish());
