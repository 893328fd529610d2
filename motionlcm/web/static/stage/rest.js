// The mannequin's 22 joints at rest. Metres; Y up, facing +Z, the left side at +X.

export const REST = {
  pelvis: [0, 0.955, 0], spine1: [0, 1.086, -0.012], spine2: [0, 1.229, -0.004], spine3: [0, 1.286, 0.004],
  neck: [0, 1.502, -0.022], head: [0, 1.603, 0.004],
  hip: [0.074, 0.885, 0], knee: [0.125, 0.495, 0.01], ankle: [0.166, 0.068, -0.02], foot: [0.182, 0.02, 0.114],
  collar: [0.078, 1.4, 0.0], shoulder: [0.186, 1.428, -0.012],
  elbow: [0.362, 1.242, -0.022], wrist: [0.552, 1.055, 0.006],
};

export function restOf(name) {
  const [part, sign] = /^left_/.test(name) ? [name.slice(5), 1] : /^right_/.test(name) ? [name.slice(6), -1] : [name, 1];
  const [x, y, z] = REST[part];
  return [sign * x, y, z];
}

// The order in which SMPL numbers them.
export const NAMES = [
  "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle", "spine3",
  "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder", "right_shoulder",
  "left_elbow", "right_elbow", "left_wrist", "right_wrist",
];
