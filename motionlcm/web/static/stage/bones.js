// Which bone of somebody's character is which joint of ours, by the names that rigs use.

// Our joint -> the humanoid bone of VRM.
export const HUMANOID = {
  pelvis: "hips", spine1: "spine", spine2: "chest", spine3: "upperChest", neck: "neck", head: "head",
  collar: "Shoulder", shoulder: "UpperArm", elbow: "LowerArm", wrist: "Hand",
  hip: "UpperLeg", knee: "LowerLeg", ankle: "Foot", foot: "Toes",
};

// What a bone's name says once side, prefix and punctuation are gone; the first that fits is meant.
const WORDS = [
  ["foot", /^(toe(s|base)?|ball|toe0|foottoe)$/], ["ankle", /^(foot|ankle)$/],
  ["knee", /^(lowerleg|leg|shin|calf|knee|loleg)$/], ["hip", /^(upperleg|upleg|thigh|hip|uleg)$/],
  ["wrist", /^(hand|wrist)$/], ["elbow", /^(lowerarm|forearm|elbow|loarm)$/],
  ["collar", /^(collar|clavicle|collarbone|shoulder)$/], ["shoulder", /^(upperarm|uparm|arm|shoulder)$/],
  ["pelvis", /^(hips?|pelvis)$/], ["head", /^head$/], ["neck", /^neck0?1?$/],
];

export function ours(side, part) {
  return side ? `${side}_${part}` : part;
}

// bones: Object3D of a skinned model; returns Map(our joint -> bone).
export function matchBones(bones) {
  const found = new Map(), spine = [];
  const arms = bones.some(bone => /^(upperarm|uparm|arm)$/.test(read(bone.name).word));
  for (const bone of bones) {
    const {side, word} = read(bone.name);
    if (!side && /^(spine|chest|torso|abdomen|upperchest|spinal)\d*$/.test(word)) spine.push(bone);
    for (const [part, pattern] of WORDS) {
      if (!pattern.test(word)) continue;
      const isPaired = !["pelvis", "head", "neck"].includes(part);
      if (isPaired !== Boolean(side)) continue;
      if (word === "shoulder" && part === (arms ? "shoulder" : "collar")) continue;
      const name = ours(side, part);
      if (!found.has(name)) found.set(name, bone);
      break;
    }
  }
  // the lowest of the spine is spine1, the highest spine3
  const count = spine.length, places = count === 1 ? ["spine2"] : count === 2 ? ["spine1", "spine3"] : ["spine1", "spine2", "spine3"];
  places.forEach((name, k) => found.set(name, spine[Math.round(k * (count - 1) / Math.max(1, places.length - 1))]));
  if (!count) for (const name of places) found.delete(name);
  return found;
}

// The side and the bare word of a bone's name: "mixamorig:LeftForeArm" -> left, "forearm".
function read(name) {
  let text = name.replace(/^.*[:|]/, "").replace(/^(mixamorig|bip0*1|bip|valvebiped|def|org|j_bip|cc_base|rig|character1|b)[_\s-]+/i, "").replace(/^mixamorig\d*/i, "");
  text = text.replace(/^(c|m)_/i, "");
  let side = null;
  for (const [which, pattern] of [
    ["left", /^(left|l[_.\s-])|([_.\s-]l(eft)?$)|left$/i], ["right", /^(right|r[_.\s-])|([_.\s-]r(ight)?$)|right$/i],
  ]) {
    if (!pattern.test(text)) continue;
    side = which;
    text = text.replace(pattern, "");
    break;
  }
  return {side, word: text.toLowerCase().replace(/[^a-z0-9]/g, "").replace(/^0+|(?<=[a-z])0+1?$/g, "")};
}
