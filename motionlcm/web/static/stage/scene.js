// The stage itself: light, a floor with lines that fade away, soft shadows, and the renderer.

import {
  Color, DirectionalLight, HemisphereLight, Mesh, NeutralToneMapping, PCFShadowMap,
  PerspectiveCamera, PlaneGeometry, Scene, ShaderMaterial, ShadowMaterial, Vector2, WebGLRenderer,
} from "../vendor/three.js";

const THEMES = {
  light: {line: "#64748b", sky: "#ffffff", ground: "#aab0bd", shadow: 0.26, glow: "#ffffff"},
  dark: {line: "#8fa3c4", sky: "#c9d6f2", ground: "#2b2f3a", shadow: 0.5, glow: "#2a3550"},
};
const FLOOR = 60, SHADED = 3;  // metres across: the floor; what shadows reach beyond the light's square

export class Scenery {
  constructor(canvas) {
    this.renderer = new WebGLRenderer({canvas, antialias: true, alpha: true});
    this.renderer.debug.checkShaderErrors = false;  // to ask for them is to wait for the GPU
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = PCFShadowMap;
    this.renderer.toneMapping = NeutralToneMapping;
    this.scene = new Scene();
    this.camera = new PerspectiveCamera(36, 1, 0.05, 120);
    this.camera.position.set(2.6, 1.75, 4.1);

    this.sky = new HemisphereLight("#fff", "#bbb", 1.5);
    this.key = new DirectionalLight("#fff6ea", 2.2);
    this.key.castShadow = true;
    this.key.shadow.mapSize.set(1024, 1024);
    this.key.shadow.radius = 5;
    this.key.shadow.bias = -0.0006;
    this.key.shadow.normalBias = 0.02;
    this.rim = new DirectionalLight("#9fbcff", 1);
    this.scene.add(this.sky, this.key, this.key.target, this.rim, this.rim.target);

    this.lines = new Mesh(new PlaneGeometry(FLOOR, FLOOR), floorMaterial());
    this.shadow = new Mesh(new PlaneGeometry(1, 1), new ShadowMaterial({depthWrite: false}));
    for (const floor of [this.lines, this.shadow]) floor.rotation.x = -Math.PI / 2;
    this.lines.position.y = -0.004;
    this.shadow.position.y = -0.002;
    this.shadow.receiveShadow = true;
    this.scene.add(this.lines, this.shadow);
    this.light([0, 0], 3);
    this.wear("light");
  }

  wear(theme) {
    const look = THEMES[theme];
    this.sky.color.set(look.sky);
    this.sky.groundColor.set(look.ground);
    this.sky.intensity = theme === "dark" ? 1.0 : 1.5;
    this.rim.intensity = theme === "dark" ? 1.0 : 0.5;
    this.shadow.material.opacity = look.shadow;
    this.lines.material.uniforms.tint.value.set(look.line);
    this.lines.material.uniforms.glow.value.set(look.glow);
  }

  // Bring light and floor to where the bodies are; reach: metres around them that cast shadows.
  light([x, z], reach) {
    this.key.position.set(x + 2.4, 6.2, z + 3);
    this.key.target.position.set(x, 0.6, z);
    this.rim.position.set(x - 3, 3.4, z - 4.5);
    this.rim.target.position.set(x, 1, z);
    this.lines.material.uniforms.centre.value.set(x, z);
    this.lines.material.uniforms.reach.value = 4.5 + 2 * reach;
    for (const floor of [this.lines, this.shadow]) [floor.position.x, floor.position.z] = [x, z];

    const eye = this.key.shadow.camera;
    if (eye.right === reach) return;
    this.shadow.scale.setScalar(2 * reach + SHADED);
    Object.assign(eye, {left: -reach, right: reach, top: reach, bottom: -reach, near: 1, far: 14});
    eye.updateProjectionMatrix();
  }

  resize(width, height, ratio) {
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / Math.max(1, height);
    this.camera.fov = this.camera.aspect < 0.9 ? 46 : 36;
    this.camera.updateProjectionMatrix();
  }

  render() {
    this.renderer.render(this.scene, this.camera);
  }
}

// Lines each half metre, stronger each metre two; smooth at any distance, gone at the reach.
function floorMaterial() {
  return new ShaderMaterial({
    transparent: true,
    depthWrite: false,
    uniforms: {
      tint: {value: new Color()}, glow: {value: new Color()}, centre: {value: new Vector2()}, reach: {value: 9},
    },
    vertexShader: `
      varying vec2 place;
      void main() {
        vec4 world = modelMatrix * vec4(position, 1.0);
        place = world.xz;
        gl_Position = projectionMatrix * viewMatrix * world;
      }`,
    fragmentShader: `
      uniform vec3 tint, glow;
      uniform vec2 centre;
      uniform float reach;
      varying vec2 place;
      float lines(float step, float width) {
        vec2 cell = place / step, across = fwidth(cell);
        vec2 near = abs(fract(cell - 0.5) - 0.5) / max(across, vec2(1e-5));
        vec2 ink = clamp(width - near, 0.0, 1.0) * clamp(0.35 / max(across, vec2(1e-5)), 0.0, 1.0);
        return max(ink.x, ink.y);
      }
      void main() {
        float away = length(place - centre) / reach;
        float fade = pow(clamp(1.0 - away, 0.0, 1.0), 1.6);
        float ink = max(0.22 * lines(0.5, 1.0), 0.5 * lines(2.0, 1.15));
        float pool = 0.5 * pow(clamp(1.0 - 1.5 * away, 0.0, 1.0), 2.0);
        float alpha = fade * ink + pool * (1.0 - ink);
        gl_FragColor = vec4(mix(glow, tint, fade * ink / max(alpha, 1e-4)), alpha);
        #include <colorspace_fragment>
      }`,
  });
}
