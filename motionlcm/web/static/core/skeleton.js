// What is known of a body by the names of its joints: sides, colours, and how thick its bones are.

export const COLOURS = {left: "#3b76d8", right: "#e0683a", trunk: "#59616f"};

// Radius in metres at the start and the end of the bone that ends in a joint.
const RADII = {
  hip: [0.095, 0.085], spine1: [0.105, 0.1], spine2: [0.1, 0.105], spine3: [0.105, 0.11],
  spine: [0.105, 0.1], chest: [0.1, 0.11], neck: [0.105, 0.055], head: [0.055, 0.05],
  collar: [0.085, 0.07], shoulder: [0.075, 0.06], elbow: [0.055, 0.042], wrist: [0.042, 0.03],
  knee: [0.085, 0.058], ankle: [0.056, 0.038], foot: [0.04, 0.032], heel: [0.04, 0.034],
};

export function sideOf(name) {
  return /^left/.test(name) ? "left" : /^right/.test(name) ? "right" : "trunk";
}

export function partOf(name) {
  return name.replace(/^(left|right)_/, "");
}

export function radiiOf(name) {
  return RADII[partOf(name)] ?? [0.04, 0.035];
}

// The side whose colour a bone wears: hips and shoulders belong to the trunk.
export function tintOf(name) {
  return /hip|collar|shoulder/.test(name) ? "trunk" : sideOf(name);
}
