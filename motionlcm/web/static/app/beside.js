// Which files belong to one that is brought: motions that constraints name, the skeleton of an AMC,
// the numbers of a glTF.

const PARTS = {
  json: content => (content.constraints ?? []).map(one => one?.motion),
  gltf: content => (content.buffers ?? []).map(one => one?.uri),
};

// The files that go with one, and with those in turn; known: files by their names in small letters.
export async function besideOf(file, known, found = new Set([file])) {
  for (const name of await namesIn(file, known)) {
    const other = known.get(name);
    if (!other || found.has(other)) continue;
    found.add(other);
    await besideOf(other, known, found);
  }
  return [...found].filter(one => one !== file);
}

async function namesIn(file, known) {
  const suffix = suffixOf(file.name);
  if (suffix === "amc") return [...known.keys()].filter(name => suffixOf(name) === "asf");
  if (!(suffix in PARTS)) return [];
  try {
    const parts = PARTS[suffix](JSON.parse(await file.text()));
    return parts.filter(name => typeof name === "string").map(name => name.split(/[/\\]/).at(-1).toLowerCase());
  } catch {
    return [];  // whoever reads the file says what is wrong with it
  }
}

export function suffixOf(name) {
  return name.toLowerCase().split(".").at(-1);
}
