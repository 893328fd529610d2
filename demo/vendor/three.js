export {
  Bone, BufferAttribute, BufferGeometry, CatmullRomCurve3, CircleGeometry, Color, CylinderGeometry, DirectionalLight, DoubleSide,
  Group, HemisphereLight, InstancedMesh, Matrix4, Mesh, MeshBasicMaterial, MeshStandardMaterial, NeutralToneMapping,
  PCFShadowMap, PerspectiveCamera, Plane, PlaneGeometry, Quaternion, Raycaster, RingGeometry, Scene, ShaderMaterial,
  ShadowMaterial, Skeleton, SkinnedMesh, Sphere, SphereGeometry, Vector2, Vector3, WebGLRenderer, Box3, Object3D,
} from "three";
export { OrbitControls } from "three/addons/controls/OrbitControls.js";
