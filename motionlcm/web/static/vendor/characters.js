import{$ as pi,A as Y,B as w,Ba as wi,C as _,Ca as Ai,D as W,Da as Si,E as gt,Ea as bi,F as _t,Fa as Pi,G as B,Ga as Te,H as Oe,Ha as Li,I as Q,Ia as Ii,J as F,Ja as xt,K as C,M as di,Ma as Hi,N as H,O as hi,Oa as Me,P as V,Q as _e,R as ve,T as Ee,V as ne,W as Ne,X as Ye,Y as fi,Z as re,_ as Qe,aa as K,ba as Ke,ca as se,d as ei,da as mi,e as ti,ea as gi,f as Ie,fa as _i,h as je,i as ni,j as ii,k as ft,l as ri,m as si,n as Xe,na as vi,o as oi,oa as Ei,p as pt,pa as vt,q as ai,qa as z,r as mt,ra as Ti,s as li,sa as Et,t as qe,ta as Tt,u as He,ua as Mt,v as ui,va as Mi,w as ge,wa as Ri,x as q,xa as Rt,y as ci,ya as xi,z as I,za as yi}from"./shared.js";function yt(t,e){if(e===li)return console.warn("THREE.BufferGeometryUtils.toTrianglesDrawMode(): Geometry already defined as triangles."),t;if(e===He||e===qe){let n=t.getIndex();if(n===null){let s=[],a=t.getAttribute("position");if(a!==void 0){for(let l=0;l<a.count;l++)s.push(l);t.setIndex(s),n=t.getIndex()}else return console.error("THREE.BufferGeometryUtils.toTrianglesDrawMode(): Undefined position attribute. Processing not possible."),t}let i=n.count-2,r=[];if(e===He)for(let s=1;s<=i;s++)r.push(n.getX(0)),r.push(n.getX(s)),r.push(n.getX(s+1));else for(let s=0;s<i;s++)s%2===0?(r.push(n.getX(s)),r.push(n.getX(s+1)),r.push(n.getX(s+2))):(r.push(n.getX(s+2)),r.push(n.getX(s+1)),r.push(n.getX(s)));return r.length/3!==i&&console.error("THREE.BufferGeometryUtils.toTrianglesDrawMode(): Unable to generate correct amount of triangles."),t.setIndex(r),t.clearGroups(),t}else return console.error("THREE.BufferGeometryUtils.toTrianglesDrawMode(): Unknown draw mode:",e),t}function Oi(t){let e=new Map,n=new Map,i=t.clone();return Ni(t,i,function(r,s){e.set(s,r),n.set(r,s)}),i.traverse(function(r){if(!r.isSkinnedMesh)return;let s=r,a=e.get(r),l=a.skeleton.bones;s.skeleton=a.skeleton.clone(),s.bindMatrix.copy(a.bindMatrix),s.skeleton.bones=l.map(function(o){return n.get(o)}),s.bind(s.skeleton,s.bindMatrix)}),i}function Ni(t,e,n){n(t,e);for(let i=0;i<t.children.length;i++)Ni(t.children[i],e.children[i],n)}var bt=class extends Ri{constructor(e){super(e),this.dracoLoader=null,this.ktx2Loader=null,this.meshoptDecoder=null,this.pluginCallbacks=[],this.register(function(n){return new Ht(n)}),this.register(function(n){return new Ot(n)}),this.register(function(n){return new Nt(n)}),this.register(function(n){return new zt(n)}),this.register(function(n){return new Gt(n)}),this.register(function(n){return new jt(n)}),this.register(function(n){return new Ut(n)}),this.register(function(n){return new Vt(n)}),this.register(function(n){return new Bt(n)}),this.register(function(n){return new Dt(n)}),this.register(function(n){return new It(n)}),this.register(function(n){return new Ft(n)}),this.register(function(n){return new Ct(n)}),this.register(function(n){return new Wt(n)}),this.register(function(n){return new kt(n)}),this.register(function(n){return new Pt(n)}),this.register(function(n){return new Ze(n,b.EXT_MESHOPT_COMPRESSION)}),this.register(function(n){return new Ze(n,b.KHR_MESHOPT_COMPRESSION)}),this.register(function(n){return new Xt(n)})}load(e,n,i,r){let s=this,a;if(this.resourcePath!=="")a=this.resourcePath;else if(this.path!==""){let u=Te.extractUrlBase(e);a=Te.resolveURL(u,this.path)}else a=Te.extractUrlBase(e);this.manager.itemStart(e);let l=function(u){r?r(u):console.error(u),s.manager.itemError(e),s.manager.itemEnd(e)},o=new Rt(this.manager);o.setPriority(this.priority),o.setCache(this.cache),o.setPath(this.path),o.setResponseType("arraybuffer"),o.setRequestHeader(this.requestHeader),o.setWithCredentials(this.withCredentials),o.load(e,function(u){try{s.parse(u,a,function(c){n(c),s.manager.itemEnd(e)},l)}catch(c){l(c)}},i,l)}setDRACOLoader(e){return this.dracoLoader=e,this}setKTX2Loader(e){return this.ktx2Loader=e,this}setMeshoptDecoder(e){return this.meshoptDecoder=e,this}register(e){return this.pluginCallbacks.indexOf(e)===-1&&this.pluginCallbacks.push(e),this}unregister(e){return this.pluginCallbacks.indexOf(e)!==-1&&this.pluginCallbacks.splice(this.pluginCallbacks.indexOf(e),1),this}parse(e,n,i,r){let s,a={},l={},o=new TextDecoder;if(typeof e=="string")s=JSON.parse(e);else if(e instanceof ArrayBuffer)if(o.decode(new Uint8Array(e,0,4))===Di){try{a[b.KHR_BINARY_GLTF]=new qt(e)}catch(d){r&&r(d);return}s=JSON.parse(a[b.KHR_BINARY_GLTF].content)}else s=JSON.parse(o.decode(e));else s=e;if(s.asset===void 0||s.asset.version[0]<2){r&&r(new Error("THREE.GLTFLoader: Unsupported asset. glTF versions >=2.0 are supported."));return}let u=new en(s,{path:n||this.resourcePath||"",crossOrigin:this.crossOrigin,priority:this.priority,cache:this.cache,withCredentials:this.withCredentials,requestHeader:this.requestHeader,manager:this.manager,ktx2Loader:this.ktx2Loader,meshoptDecoder:this.meshoptDecoder});u.fileLoader.setRequestHeader(this.requestHeader);for(let c=0;c<this.pluginCallbacks.length;c++){let d=this.pluginCallbacks[c](u);d.name||console.error("THREE.GLTFLoader: Invalid plugin found: missing name"),l[d.name]=d,a[d.name]=!0}if(s.extensionsUsed)for(let c=0;c<s.extensionsUsed.length;++c){let d=s.extensionsUsed[c],h=s.extensionsRequired||[];switch(d){case b.KHR_MATERIALS_UNLIT:a[d]=new Lt;break;case b.KHR_DRACO_MESH_COMPRESSION:a[d]=new Yt(s,this.dracoLoader);break;case b.KHR_TEXTURE_TRANSFORM:a[d]=new Qt;break;case b.KHR_MESH_QUANTIZATION:a[d]=new Kt;break;default:h.indexOf(d)>=0&&l[d]===void 0&&console.warn('THREE.GLTFLoader: Unknown extension "'+d+'".')}}u.setExtensions(a),u.setPlugins(l),u.parse(i,r)}parseAsync(e,n){let i=this;return new Promise(function(r,s){i.parse(e,n,r,s)})}};function Ts(){let t={};return{get:function(e){return t[e]},add:function(e,n){t[e]=n},remove:function(e){delete t[e]},removeAll:function(){t={}}}}function U(t,e,n){let i=t.json.materials[e];return i.extensions&&i.extensions[n]?i.extensions[n]:null}var b={KHR_BINARY_GLTF:"KHR_binary_glTF",KHR_DRACO_MESH_COMPRESSION:"KHR_draco_mesh_compression",KHR_LIGHTS_PUNCTUAL:"KHR_lights_punctual",KHR_MATERIALS_CLEARCOAT:"KHR_materials_clearcoat",KHR_MATERIALS_DIFFUSE_ROUGHNESS:"KHR_materials_diffuse_roughness",KHR_MATERIALS_DISPERSION:"KHR_materials_dispersion",KHR_MATERIALS_IOR:"KHR_materials_ior",KHR_MATERIALS_SHEEN:"KHR_materials_sheen",KHR_MATERIALS_SPECULAR:"KHR_materials_specular",KHR_MATERIALS_TRANSMISSION:"KHR_materials_transmission",KHR_MATERIALS_IRIDESCENCE:"KHR_materials_iridescence",KHR_MATERIALS_ANISOTROPY:"KHR_materials_anisotropy",KHR_MATERIALS_UNLIT:"KHR_materials_unlit",KHR_MATERIALS_VOLUME:"KHR_materials_volume",KHR_TEXTURE_BASISU:"KHR_texture_basisu",KHR_TEXTURE_TRANSFORM:"KHR_texture_transform",KHR_MESH_QUANTIZATION:"KHR_mesh_quantization",KHR_MATERIALS_EMISSIVE_STRENGTH:"KHR_materials_emissive_strength",EXT_MATERIALS_BUMP:"EXT_materials_bump",EXT_TEXTURE_WEBP:"EXT_texture_webp",EXT_TEXTURE_AVIF:"EXT_texture_avif",EXT_MESHOPT_COMPRESSION:"EXT_meshopt_compression",KHR_MESHOPT_COMPRESSION:"KHR_meshopt_compression",EXT_MESH_GPU_INSTANCING:"EXT_mesh_gpu_instancing"},Pt=class{constructor(e){this.parser=e,this.name=b.KHR_LIGHTS_PUNCTUAL,this.cache={refs:{},uses:{}}}_markDefs(){let e=this.parser,n=this.parser.json.nodes||[];for(let i=0,r=n.length;i<r;i++){let s=n[i];s.extensions&&s.extensions[this.name]&&s.extensions[this.name].light!==void 0&&e._addNodeRef(this.cache,s.extensions[this.name].light)}}_loadLight(e){let n=this.parser,i="light:"+e,r=n.cache.get(i);if(r)return r;let s=n.json,o=((s.extensions&&s.extensions[this.name]||{}).lights||[])[e],u,c=new C(16777215);o.color!==void 0&&c.setRGB(o.color[0],o.color[1],o.color[2],q);let d=o.range!==void 0?o.range:0;switch(o.type){case"directional":u=new Pi(c),u.target.position.set(0,0,-1),u.add(u.target);break;case"point":u=new Si(c),u.distance=d;break;case"spot":u=new Ai(c),u.distance=d,o.spot=o.spot||{},o.spot.innerConeAngle=o.spot.innerConeAngle!==void 0?o.spot.innerConeAngle:0,o.spot.outerConeAngle=o.spot.outerConeAngle!==void 0?o.spot.outerConeAngle:Math.PI/4,u.angle=o.spot.outerConeAngle,u.penumbra=1-o.spot.innerConeAngle/o.spot.outerConeAngle,u.target.position.set(0,0,-1),u.add(u.target);break;default:throw new Error("THREE.GLTFLoader: Unexpected light type: "+o.type)}return u.position.set(0,0,0),Z(u,o),o.intensity!==void 0&&(u.intensity=o.intensity),u.name=n.createUniqueName(o.name||"light_"+e),r=Promise.resolve(u),n.cache.add(i,r),r}getDependency(e,n){if(e==="light")return this._loadLight(n)}createNodeAttachment(e){let n=this,i=this.parser,s=i.json.nodes[e],l=(s.extensions&&s.extensions[this.name]||{}).light;return l===void 0?null:this._loadLight(l).then(function(o){return i._getNodeRef(n.cache,l,o)})}},Lt=class{constructor(){this.name=b.KHR_MATERIALS_UNLIT}getMaterialType(){return ne}extendParams(e,n,i){let r=[];e.color=new C(1,1,1),e.opacity=1;let s=n.pbrMetallicRoughness;if(s){if(Array.isArray(s.baseColorFactor)){let a=s.baseColorFactor;e.color.setRGB(a[0],a[1],a[2],q),e.opacity=a[3]}s.baseColorTexture!==void 0&&r.push(i.assignTexture(e,"map",s.baseColorTexture,ge))}return Promise.all(r)}},It=class{constructor(e){this.parser=e,this.name=b.KHR_MATERIALS_EMISSIVE_STRENGTH}extendMaterialParams(e,n){let i=U(this.parser,e,this.name);return i===null||i.emissiveStrength!==void 0&&(n.emissiveIntensity=i.emissiveStrength),Promise.resolve()}},Ht=class{constructor(e){this.parser=e,this.name=b.KHR_MATERIALS_CLEARCOAT}getMaterialType(e){return U(this.parser,e,this.name)!==null?z:null}extendMaterialParams(e,n){let i=U(this.parser,e,this.name);if(i===null)return Promise.resolve();let r=[];if(i.clearcoatFactor!==void 0&&(n.clearcoat=i.clearcoatFactor),i.clearcoatTexture!==void 0&&r.push(this.parser.assignTexture(n,"clearcoatMap",i.clearcoatTexture)),i.clearcoatRoughnessFactor!==void 0&&(n.clearcoatRoughness=i.clearcoatRoughnessFactor),i.clearcoatRoughnessTexture!==void 0&&r.push(this.parser.assignTexture(n,"clearcoatRoughnessMap",i.clearcoatRoughnessTexture)),i.clearcoatNormalTexture!==void 0&&(r.push(this.parser.assignTexture(n,"clearcoatNormalMap",i.clearcoatNormalTexture)),i.clearcoatNormalTexture.scale!==void 0)){let s=i.clearcoatNormalTexture.scale;n.clearcoatNormalScale=new Y(s,s)}return Promise.all(r)}},Ot=class{constructor(e){this.parser=e,this.name=b.KHR_MATERIALS_DIFFUSE_ROUGHNESS}getMaterialType(e){return U(this.parser,e,this.name)!==null?z:null}extendMaterialParams(e,n){let i=U(this.parser,e,this.name);if(i===null)return Promise.resolve();let r=[];return n.diffuseRoughness=i.diffuseRoughnessFactor!==void 0?i.diffuseRoughnessFactor:0,i.diffuseRoughnessTexture!==void 0&&r.push(this.parser.assignTexture(n,"diffuseRoughnessMap",i.diffuseRoughnessTexture)),Promise.all(r)}},Nt=class{constructor(e){this.parser=e,this.name=b.KHR_MATERIALS_DISPERSION}getMaterialType(e){return U(this.parser,e,this.name)!==null?z:null}extendMaterialParams(e,n){let i=U(this.parser,e,this.name);return i===null||(n.dispersion=i.dispersion!==void 0?i.dispersion:0),Promise.resolve()}},Ct=class{constructor(e){this.parser=e,this.name=b.KHR_MATERIALS_IRIDESCENCE}getMaterialType(e){return U(this.parser,e,this.name)!==null?z:null}extendMaterialParams(e,n){let i=U(this.parser,e,this.name);if(i===null)return Promise.resolve();let r=[];return i.iridescenceFactor!==void 0&&(n.iridescence=i.iridescenceFactor),i.iridescenceTexture!==void 0&&r.push(this.parser.assignTexture(n,"iridescenceMap",i.iridescenceTexture)),i.iridescenceIor!==void 0&&(n.iridescenceIOR=i.iridescenceIor),i.iridescenceThicknessMinimum!==void 0&&(n.iridescenceThicknessMinimum=i.iridescenceThicknessMinimum),i.iridescenceThicknessMaximum!==void 0&&(n.iridescenceThicknessMaximum=i.iridescenceThicknessMaximum),i.iridescenceThicknessTexture!==void 0&&r.push(this.parser.assignTexture(n,"iridescenceThicknessMap",i.iridescenceThicknessTexture)),Promise.all(r)}},Ut=class{constructor(e){this.parser=e,this.name=b.KHR_MATERIALS_SHEEN}getMaterialType(e){return U(this.parser,e,this.name)!==null?z:null}extendMaterialParams(e,n){let i=U(this.parser,e,this.name);if(i===null)return Promise.resolve();let r=[];if(n.sheenColor=new C(0,0,0),n.sheenRoughness=0,n.sheen=1,i.sheenColorFactor!==void 0){let s=i.sheenColorFactor;n.sheenColor.setRGB(s[0],s[1],s[2],q)}return i.sheenRoughnessFactor!==void 0&&(n.sheenRoughness=i.sheenRoughnessFactor),i.sheenColorTexture!==void 0&&r.push(this.parser.assignTexture(n,"sheenColorMap",i.sheenColorTexture,ge)),i.sheenRoughnessTexture!==void 0&&r.push(this.parser.assignTexture(n,"sheenRoughnessMap",i.sheenRoughnessTexture)),Promise.all(r)}},Vt=class{constructor(e){this.parser=e,this.name=b.KHR_MATERIALS_TRANSMISSION}getMaterialType(e){return U(this.parser,e,this.name)!==null?z:null}extendMaterialParams(e,n){let i=U(this.parser,e,this.name);if(i===null)return Promise.resolve();let r=[];return i.transmissionFactor!==void 0&&(n.transmission=i.transmissionFactor),i.transmissionTexture!==void 0&&r.push(this.parser.assignTexture(n,"transmissionMap",i.transmissionTexture)),Promise.all(r)}},Bt=class{constructor(e){this.parser=e,this.name=b.KHR_MATERIALS_VOLUME}getMaterialType(e){return U(this.parser,e,this.name)!==null?z:null}extendMaterialParams(e,n){let i=U(this.parser,e,this.name);if(i===null)return Promise.resolve();let r=[];n.thickness=i.thicknessFactor!==void 0?i.thicknessFactor:0,i.thicknessTexture!==void 0&&r.push(this.parser.assignTexture(n,"thicknessMap",i.thicknessTexture)),n.attenuationDistance=i.attenuationDistance||1/0;let s=i.attenuationColor||[1,1,1];return n.attenuationColor=new C().setRGB(s[0],s[1],s[2],q),Promise.all(r)}},Dt=class{constructor(e){this.parser=e,this.name=b.KHR_MATERIALS_IOR}getMaterialType(e){return U(this.parser,e,this.name)!==null?z:null}extendMaterialParams(e,n){let i=U(this.parser,e,this.name);return i===null||(n.ior=i.ior!==void 0?i.ior:1.5,n.ior===0&&(n.ior=1e3)),Promise.resolve()}},Ft=class{constructor(e){this.parser=e,this.name=b.KHR_MATERIALS_SPECULAR}getMaterialType(e){return U(this.parser,e,this.name)!==null?z:null}extendMaterialParams(e,n){let i=U(this.parser,e,this.name);if(i===null)return Promise.resolve();let r=[];n.specularIntensity=i.specularFactor!==void 0?i.specularFactor:1,i.specularTexture!==void 0&&r.push(this.parser.assignTexture(n,"specularIntensityMap",i.specularTexture));let s=i.specularColorFactor||[1,1,1];return n.specularColor=new C().setRGB(s[0],s[1],s[2],q),i.specularColorTexture!==void 0&&r.push(this.parser.assignTexture(n,"specularColorMap",i.specularColorTexture,ge)),Promise.all(r)}},kt=class{constructor(e){this.parser=e,this.name=b.EXT_MATERIALS_BUMP}getMaterialType(e){return U(this.parser,e,this.name)!==null?z:null}extendMaterialParams(e,n){let i=U(this.parser,e,this.name);if(i===null)return Promise.resolve();let r=[];return n.bumpScale=i.bumpFactor!==void 0?i.bumpFactor:1,i.bumpTexture!==void 0&&r.push(this.parser.assignTexture(n,"bumpMap",i.bumpTexture)),Promise.all(r)}},Wt=class{constructor(e){this.parser=e,this.name=b.KHR_MATERIALS_ANISOTROPY}getMaterialType(e){return U(this.parser,e,this.name)!==null?z:null}extendMaterialParams(e,n){let i=U(this.parser,e,this.name);if(i===null)return Promise.resolve();let r=[];return i.anisotropyStrength!==void 0&&(n.anisotropy=i.anisotropyStrength),i.anisotropyRotation!==void 0&&(n.anisotropyRotation=i.anisotropyRotation),i.anisotropyTexture!==void 0&&r.push(this.parser.assignTexture(n,"anisotropyMap",i.anisotropyTexture)),Promise.all(r)}},zt=class{constructor(e){this.parser=e,this.name=b.KHR_TEXTURE_BASISU}loadTexture(e){let n=this.parser,i=n.json,r=i.textures[e];if(!r.extensions||!r.extensions[this.name])return null;let s=r.extensions[this.name],a=n.options.ktx2Loader;if(!a){if(i.extensionsRequired&&i.extensionsRequired.indexOf(this.name)>=0)throw new Error("THREE.GLTFLoader: setKTX2Loader must be called before loading KTX2 textures");return null}return n.loadTextureImage(e,s.source,a)}},Gt=class{constructor(e){this.parser=e,this.name=b.EXT_TEXTURE_WEBP}loadTexture(e){let n=this.name,i=this.parser,r=i.json,s=r.textures[e];if(!s.extensions||!s.extensions[n])return null;let a=s.extensions[n],l=r.images[a.source],o=i.textureLoader;if(l.uri){let u=i.options.manager.getHandler(l.uri);u!==null&&(o=u)}return i.loadTextureImage(e,a.source,o)}},jt=class{constructor(e){this.parser=e,this.name=b.EXT_TEXTURE_AVIF}loadTexture(e){let n=this.name,i=this.parser,r=i.json,s=r.textures[e];if(!s.extensions||!s.extensions[n])return null;let a=s.extensions[n],l=r.images[a.source],o=i.textureLoader;if(l.uri){let u=i.options.manager.getHandler(l.uri);u!==null&&(o=u)}return i.loadTextureImage(e,a.source,o)}},Ze=class{constructor(e,n){this.name=n,this.parser=e}loadBufferView(e){let n=this.parser.json,i=n.bufferViews[e];if(i.extensions&&i.extensions[this.name]){let r=i.extensions[this.name],s=this.parser.getDependency("buffer",r.buffer),a=this.parser.options.meshoptDecoder;if(!a||!a.supported){if(n.extensionsRequired&&n.extensionsRequired.indexOf(this.name)>=0)throw new Error("THREE.GLTFLoader: setMeshoptDecoder must be called before loading compressed files");return null}return s.then(function(l){let o=r.byteOffset||0,u=r.byteLength||0,c=r.count,d=r.byteStride,h=new Uint8Array(l,o,u);return a.decodeGltfBufferAsync?a.decodeGltfBufferAsync(c,d,h,r.mode,r.filter).then(function(f){return f.buffer}):a.ready.then(function(){let f=new ArrayBuffer(c*d);return a.decodeGltfBuffer(new Uint8Array(f),c,d,h,r.mode,r.filter),f})})}else return null}},Xt=class{constructor(e){this.name=b.EXT_MESH_GPU_INSTANCING,this.parser=e}createNodeMesh(e){let n=this.parser.json,i=n.nodes[e];if(!i.extensions||!i.extensions[this.name]||i.mesh===void 0)return null;let r=n.meshes[i.mesh];for(let u of r.primitives)if(u.mode!==G.TRIANGLES&&u.mode!==G.TRIANGLE_STRIP&&u.mode!==G.TRIANGLE_FAN&&u.mode!==void 0)return null;let a=i.extensions[this.name].attributes,l=[],o={};for(let u in a)l.push(this.parser.getDependency("accessor",a[u]).then(c=>(o[u]=c,o[u])));return l.length<1?null:(l.push(this.parser.createNodeMesh(e)),Promise.all(l).then(u=>{let c=u.pop(),d=c.isGroup?c.children:[c],h=u[0].count,f=[];for(let p of d){let m=new B,g=new _,v=new w,x=new _(1,1,1),M=new pi(p.geometry,p.material,h);for(let T=0;T<h;T++)o.TRANSLATION&&g.fromBufferAttribute(o.TRANSLATION,T),o.ROTATION&&v.fromBufferAttribute(o.ROTATION,T),o.SCALE&&x.fromBufferAttribute(o.SCALE,T),M.setMatrixAt(T,m.compose(g,v,x));let E=null;for(let T in o)if(T==="_COLOR_0"){let y=o[T];M.instanceColor=new Qe(y.array,y.itemSize,y.normalized)}else if(T!=="TRANSLATION"&&T!=="ROTATION"&&T!=="SCALE"){if(E===null){let R=M.geometry;E=new V,E.name=R.name;for(let A in R.attributes)E.setAttribute(A,R.attributes[A]);for(let A in R.morphAttributes)E.morphAttributes[A]=R.morphAttributes[A];R.index!==null&&E.setIndex(R.index),E.morphTargetsRelative=R.morphTargetsRelative;for(let A of R.groups)E.addGroup(A.start,A.count,A.materialIndex);R.boundingBox!==null&&(E.boundingBox=R.boundingBox.clone()),R.boundingSphere!==null&&(E.boundingSphere=R.boundingSphere.clone()),E.drawRange.start=R.drawRange.start,E.drawRange.count=R.drawRange.count,E.userData=Object.assign({},R.userData),M.geometry=E}let y=o[T];E.setAttribute(T,new Qe(y.array,y.itemSize,y.normalized))}Q.prototype.copy.call(M,p),this.parser.assignFinalMaterial(M),f.push(M)}return c.isGroup?(c.clear(),c.add(...f),c):f[0]}))}},Di="glTF",Ce=12,Ci={JSON:1313821514,BIN:5130562},qt=class{constructor(e){this.name=b.KHR_BINARY_GLTF,this.content=null,this.body=null;let n=new DataView(e,0,Ce),i=new TextDecoder;if(this.header={magic:i.decode(new Uint8Array(e.slice(0,4))),version:n.getUint32(4,!0),length:n.getUint32(8,!0)},this.header.magic!==Di)throw new Error("THREE.GLTFLoader: Unsupported glTF-Binary header.");if(this.header.version<2)throw new Error("THREE.GLTFLoader: Legacy binary file detected.");let r=this.header.length-Ce,s=new DataView(e,Ce),a=0;for(;a<r;){let l=s.getUint32(a,!0);a+=4;let o=s.getUint32(a,!0);if(a+=4,o===Ci.JSON){let u=new Uint8Array(e,Ce+a,l);this.content=i.decode(u)}else if(o===Ci.BIN){let u=Ce+a;this.body=e.slice(u,u+l)}a+=l}if(this.content===null)throw new Error("THREE.GLTFLoader: JSON content not found.")}},Yt=class{constructor(e,n){if(!n)throw new Error("THREE.GLTFLoader: No DRACOLoader instance provided.");this.name=b.KHR_DRACO_MESH_COMPRESSION,this.json=e,this.dracoLoader=n,this.dracoLoader.preload()}decodePrimitive(e,n){let i=this.json,r=this.dracoLoader,s=e.extensions[this.name].bufferView,a=e.extensions[this.name].attributes,l={},o={},u={};for(let c in a){let d=$t[c]||c.toLowerCase();l[d]=a[c]}for(let c in e.attributes){let d=$t[c]||c.toLowerCase();if(a[c]!==void 0){let h=i.accessors[e.attributes[c]],f=Re[h.componentType];u[d]=f.name,o[d]=h.normalized===!0}}return n.getDependency("bufferView",s).then(function(c){return new Promise(function(d,h){r.decodeDracoFile(c,function(f){for(let p in f.attributes){let m=f.attributes[p],g=o[p];g!==void 0&&(m.normalized=g)}d(f)},l,u,q,h)})})}},Qt=class{constructor(){this.name=b.KHR_TEXTURE_TRANSFORM}extendTexture(e,n){if((n.texCoord===void 0||n.texCoord===e.channel)&&n.offset===void 0&&n.rotation===void 0&&n.scale===void 0)return e;if(e=e.clone(),n.texCoord!==void 0&&(e.channel=n.texCoord),n.offset!==void 0&&e.offset.fromArray(n.offset),n.rotation!==void 0&&(e.rotation=n.rotation),n.scale!==void 0&&e.repeat.fromArray(n.scale),n.rotation!==void 0){let i=Math.cos(e.rotation),r=Math.sin(e.rotation);e.matrix.set(e.repeat.x*i,e.repeat.y*r,e.offset.x,-e.repeat.x*r,e.repeat.y*i,e.offset.y,0,0,1),e.matrixAutoUpdate=!1}return e.needsUpdate=!0,e}},Kt=class{constructor(){this.name=b.KHR_MESH_QUANTIZATION}},$e=class extends Ti{constructor(e,n,i,r){super(e,n,i,r)}copySampleValue_(e){let n=this.resultBuffer,i=this.sampleValues,r=this.valueSize,s=e*r*3+r;for(let a=0;a!==r;a++)n[a]=i[s+a];return n}interpolate_(e,n,i,r){let s=this.resultBuffer,a=this.sampleValues,l=this.valueSize,o=l*2,u=l*3,c=r-n,d=(i-n)/c,h=d*d,f=h*d,p=e*u,m=p-u,g=-2*f+3*h,v=f-h,x=1-g,M=v-h+d;for(let E=0;E!==l;E++){let T=a[m+E+l],y=a[m+E+o]*c,R=a[p+E+l],A=a[p+E]*c;s[E]=x*T+M*y+g*R+v*A}return s}},Ms=new w,Zt=class extends $e{interpolate_(e,n,i,r){let s=super.interpolate_(e,n,i,r);return Ms.fromArray(s).normalize().toArray(s),s}},G={FLOAT:5126,FLOAT_MAT3:35675,FLOAT_MAT4:35676,FLOAT_VEC2:35664,FLOAT_VEC3:35665,FLOAT_VEC4:35666,LINEAR:9729,REPEAT:10497,SAMPLER_2D:35678,POINTS:0,LINES:1,LINE_LOOP:2,LINE_STRIP:3,TRIANGLES:4,TRIANGLE_STRIP:5,TRIANGLE_FAN:6,UNSIGNED_BYTE:5121,UNSIGNED_SHORT:5123},Re={5120:Int8Array,5121:Uint8Array,5122:Int16Array,5123:Uint16Array,5125:Uint32Array,5126:Float32Array},Ui={9728:ft,9729:Xe,9984:ri,9985:oi,9986:si,9987:pt},Vi={33071:ni,33648:ii,10497:je},wt={SCALAR:1,VEC2:2,VEC3:3,VEC4:4,MAT2:4,MAT3:9,MAT4:16},$t={POSITION:"position",NORMAL:"normal",TANGENT:"tangent",TEXCOORD_0:"uv",TEXCOORD_1:"uv1",TEXCOORD_2:"uv2",TEXCOORD_3:"uv3",COLOR_0:"color",WEIGHTS_0:"skinWeight",JOINTS_0:"skinIndex"},oe={scale:"scale",translation:"position",rotation:"quaternion",weights:"morphTargetInfluences"},Rs={CUBICSPLINE:void 0,LINEAR:mt,STEP:ai},At={OPAQUE:"OPAQUE",MASK:"MASK",BLEND:"BLEND"};function xs(t){return t.DefaultMaterial===void 0&&(t.DefaultMaterial=new vt({color:16777215,emissive:0,metalness:1,roughness:1,transparent:!1,depthTest:!0,side:ei})),t.DefaultMaterial}function ue(t,e,n){for(let i in n.extensions)t[i]===void 0&&(e.userData.gltfExtensions=e.userData.gltfExtensions||{},e.userData.gltfExtensions[i]=n.extensions[i])}function Z(t,e){e.extras!==void 0&&(typeof e.extras=="object"?Object.assign(t.userData,e.extras):console.warn("THREE.GLTFLoader: Ignoring primitive type .extras, "+e.extras))}function ys(t,e,n){let i=!1,r=!1,s=!1;for(let u=0,c=e.length;u<c;u++){let d=e[u];if(d.POSITION!==void 0&&(i=!0),d.NORMAL!==void 0&&(r=!0),d.COLOR_0!==void 0&&(s=!0),i&&r&&s)break}if(!i&&!r&&!s)return Promise.resolve(t);let a=[],l=[],o=[];for(let u=0,c=e.length;u<c;u++){let d=e[u];if(i){let h=d.POSITION!==void 0?n.getDependency("accessor",d.POSITION):t.attributes.position;a.push(h)}if(r){let h=d.NORMAL!==void 0?n.getDependency("accessor",d.NORMAL):t.attributes.normal;l.push(h)}if(s){let h=d.COLOR_0!==void 0?n.getDependency("accessor",d.COLOR_0):t.attributes.color;o.push(h)}}return Promise.all([Promise.all(a),Promise.all(l),Promise.all(o)]).then(function(u){let c=u[0],d=u[1],h=u[2];return i&&(t.morphAttributes.position=c),r&&(t.morphAttributes.normal=d),s&&(t.morphAttributes.color=h),t.morphTargetsRelative=!0,t})}function ws(t,e){if(t.updateMorphTargets(),e.weights!==void 0)for(let n=0,i=e.weights.length;n<i;n++)t.morphTargetInfluences[n]=e.weights[n];if(e.extras&&Array.isArray(e.extras.targetNames)){let n=e.extras.targetNames;if(t.morphTargetInfluences.length===n.length){t.morphTargetDictionary={};for(let i=0,r=n.length;i<r;i++)t.morphTargetDictionary[n[i]]=i}else console.warn("THREE.GLTFLoader: Invalid extras.targetNames length. Ignoring names.")}}function As(t){let e,n=t.extensions&&t.extensions[b.KHR_DRACO_MESH_COMPRESSION];if(n?e="draco:"+n.bufferView+":"+n.indices+":"+St(n.attributes):e=t.indices+":"+St(t.attributes)+":"+t.mode,t.targets!==void 0)for(let i=0,r=t.targets.length;i<r;i++)e+=":"+St(t.targets[i]);return e}function St(t){let e="",n=Object.keys(t).sort();for(let i=0,r=n.length;i<r;i++)e+=n[i]+":"+t[n[i]]+";";return e}function Jt(t){switch(t){case Int8Array:return 1/127;case Uint8Array:return 1/255;case Int16Array:return 1/32767;case Uint16Array:return 1/65535;default:throw new Error("THREE.GLTFLoader: Unsupported normalized accessor component type.")}}function Ss(t){return t.search(/\.jpe?g($|\?)/i)>0||t.search(/^data\:image\/jpeg/)===0?"image/jpeg":t.search(/\.webp($|\?)/i)>0||t.search(/^data\:image\/webp/)===0?"image/webp":t.search(/\.ktx2($|\?)/i)>0||t.search(/^data\:image\/ktx2/)===0?"image/ktx2":"image/png"}var bs=new B,en=class{constructor(e={},n={}){this.json=e,this.extensions={},this.plugins={},this.options=n,this.cache=new Ts,this.associations=new Map,this.primitiveCache={},this.nodeCache={},this.meshCache={refs:{},uses:{}},this.cameraCache={refs:{},uses:{}},this.lightCache={refs:{},uses:{}},this.sourceCache={},this.textureCache={},this.nodeNamesUsed={};let i=!1,r=-1,s=!1,a=-1;if(typeof navigator<"u"&&typeof navigator.userAgent<"u"){let l=navigator.userAgent;i=/^((?!chrome|android).)*safari/i.test(l)===!0;let o=l.match(/Version\/(\d+)/);r=i&&o?parseInt(o[1],10):-1,s=l.indexOf("Firefox")>-1,a=s?l.match(/Firefox\/([0-9]+)\./)[1]:-1}typeof createImageBitmap>"u"||i&&r<17||s&&a<98?(this.textureLoader=new yi(this.options.manager),this.textureLoader.setPriority(this.options.priority),this.textureLoader.setCache(this.options.cache)):(this.textureLoader=new Li(this.options.manager),this.textureLoader.setPriority(this.options.priority),this.textureLoader.setCache(this.options.cache)),this.textureLoader.setCrossOrigin(this.options.crossOrigin),this.textureLoader.setWithCredentials(this.options.withCredentials),this.textureLoader.setRequestHeader(this.options.requestHeader),this.fileLoader=new Rt(this.options.manager),this.fileLoader.setPriority(this.options.priority),this.fileLoader.setCache(this.options.cache),this.fileLoader.setResponseType("arraybuffer"),(this.options.withCredentials||this.options.crossOrigin==="use-credentials")&&this.fileLoader.setWithCredentials(!0)}setExtensions(e){this.extensions=e}setPlugins(e){this.plugins=e}parse(e,n){let i=this,r=this.json,s=this.extensions;this.cache.removeAll(),this.nodeCache={},this._invokeAll(function(a){return a._markDefs&&a._markDefs()}),Promise.all(this._invokeAll(function(a){return a.beforeRoot&&a.beforeRoot()})).then(function(){return Promise.all([i.getDependencies("scene"),i.getDependencies("animation"),i.getDependencies("camera")])}).then(function(a){let l={scene:a[0][r.scene||0],scenes:a[0],animations:a[1],cameras:a[2],asset:r.asset,parser:i,userData:{}};return ue(s,l,r),Z(l,r),Promise.all(i._invokeAll(function(o){return o.afterRoot&&o.afterRoot(l)})).then(function(){for(let o of l.scenes)o.updateMatrixWorld();e(l)})}).catch(n)}_markDefs(){let e=this.json.nodes||[],n=this.json.skins||[],i=this.json.meshes||[];for(let r=0,s=n.length;r<s;r++){let a=n[r].joints;for(let l=0,o=a.length;l<o;l++)e[a[l]].isBone=!0}for(let r=0,s=e.length;r<s;r++){let a=e[r];a.mesh!==void 0&&(this._addNodeRef(this.meshCache,a.mesh),a.skin!==void 0&&(i[a.mesh].isSkinnedMesh=!0)),a.camera!==void 0&&this._addNodeRef(this.cameraCache,a.camera)}}_addNodeRef(e,n){n!==void 0&&(e.refs[n]===void 0&&(e.refs[n]=e.uses[n]=0),e.refs[n]++)}_getNodeRef(e,n,i){if(e.refs[n]<=1)return i;let r=i.clone(),s=(a,l)=>{let o=this.associations.get(a);o!=null&&this.associations.set(l,o);for(let[u,c]of a.children.entries())s(c,l.children[u])};return s(i,r),r.name+="_instance_"+e.uses[n]++,r}_invokeOne(e){let n=Object.values(this.plugins);n.push(this);for(let i=0;i<n.length;i++){let r=e(n[i]);if(r)return r}return null}_invokeAll(e){let n=Object.values(this.plugins);n.unshift(this);let i=[];for(let r=0;r<n.length;r++){let s=e(n[r]);s&&i.push(s)}return i}getDependency(e,n){let i=e+":"+n,r=this.cache.get(i);if(!r){switch(e){case"scene":r=this.loadScene(n);break;case"node":r=this._invokeOne(function(s){return s.loadNode&&s.loadNode(n)});break;case"mesh":r=this._invokeOne(function(s){return s.loadMesh&&s.loadMesh(n)});break;case"accessor":r=this.loadAccessor(n);break;case"bufferView":r=this._invokeOne(function(s){return s.loadBufferView&&s.loadBufferView(n)});break;case"buffer":r=this.loadBuffer(n);break;case"material":r=this._invokeOne(function(s){return s.loadMaterial&&s.loadMaterial(n)});break;case"texture":r=this._invokeOne(function(s){return s.loadTexture&&s.loadTexture(n)});break;case"skin":r=this.loadSkin(n);break;case"animation":r=this._invokeOne(function(s){return s.loadAnimation&&s.loadAnimation(n)});break;case"camera":r=this.loadCamera(n);break;default:if(r=this._invokeOne(function(s){return s!=this&&s.getDependency&&s.getDependency(e,n)}),!r)throw new Error("Unknown type: "+e);break}this.cache.add(i,r)}return r}getDependencies(e){let n=this.cache.get(e);if(!n){let i=this,r=this.json[e+(e==="mesh"?"es":"s")]||[];n=Promise.all(r.map(function(s,a){return i.getDependency(e,a)})),this.cache.add(e,n)}return n}loadBuffer(e){let n=this.json.buffers[e],i=this.fileLoader;if(n.type&&n.type!=="arraybuffer")throw new Error("THREE.GLTFLoader: "+n.type+" buffer type is not supported.");if(n.uri===void 0&&e===0)return Promise.resolve(this.extensions[b.KHR_BINARY_GLTF].body);let r=this.options;return new Promise(function(s,a){i.load(Te.resolveURL(n.uri,r.path),s,void 0,function(){a(new Error('THREE.GLTFLoader: Failed to load buffer "'+n.uri+'".'))})})}loadBufferView(e){let n=this.json.bufferViews[e];return this.getDependency("buffer",n.buffer).then(function(i){let r=n.byteLength||0,s=n.byteOffset||0;return i.slice(s,s+r)})}loadAccessor(e){let n=this,i=this.json,r=this.json.accessors[e];if(r.bufferView===void 0&&r.sparse===void 0){let a=wt[r.type],l=Re[r.componentType],o=r.normalized===!0,u=new l(r.count*a);return Promise.resolve(new H(u,a,o))}let s=[];return r.bufferView!==void 0?s.push(this.getDependency("bufferView",r.bufferView)):s.push(null),r.sparse!==void 0&&(s.push(this.getDependency("bufferView",r.sparse.indices.bufferView)),s.push(this.getDependency("bufferView",r.sparse.values.bufferView))),Promise.all(s).then(function(a){let l=a[0],o=wt[r.type],u=Re[r.componentType],c=u.BYTES_PER_ELEMENT,d=c*o,h=r.byteOffset||0,f=r.bufferView!==void 0?i.bufferViews[r.bufferView].byteStride:void 0,p=r.normalized===!0,m,g;if(f&&f!==d){let v=Math.floor(h/f),x="InterleavedBuffer:"+r.bufferView+":"+r.componentType+":"+v+":"+r.count,M=n.cache.get(x);M||(m=new u(l,v*f,r.count*f/c),M=new _e(m,f/c),n.cache.add(x,M)),g=new ve(M,o,h%f/c,p)}else l===null?m=new u(r.count*o):m=new u(l,h,r.count*o),g=new H(m,o,p);if(r.sparse!==void 0){let v=wt.SCALAR,x=Re[r.sparse.indices.componentType],M=r.sparse.indices.byteOffset||0,E=r.sparse.values.byteOffset||0,T=new x(a[1],M,r.sparse.count*v),y=new u(a[2],E,r.sparse.count*o);l!==null&&(g=new H(g.array.slice(),g.itemSize,g.normalized)),g.normalized=!1;for(let R=0,A=T.length;R<A;R++){let N=T[R];if(g.setX(N,y[R*o]),o>=2&&g.setY(N,y[R*o+1]),o>=3&&g.setZ(N,y[R*o+2]),o>=4&&g.setW(N,y[R*o+3]),o>=5)throw new Error("THREE.GLTFLoader: Unsupported itemSize in sparse BufferAttribute.")}g.normalized=p}return g})}loadTexture(e){let n=this.json,i=this.options,s=n.textures[e].source,a=n.images[s],l=this.textureLoader;if(a.uri){let o=i.manager.getHandler(a.uri);o!==null&&(l=o)}return this.loadTextureImage(e,s,l)}loadTextureImage(e,n,i){let r=this,s=this.json,a=s.textures[e],l=s.images[n],o=(l.uri||l.bufferView)+":"+a.sampler;if(this.textureCache[o])return this.textureCache[o];let u=this.loadImageSource(n,i).then(function(c){c.flipY=!1,c.name=a.name||l.name||"",c.name===""&&typeof l.uri=="string"&&l.uri.startsWith("data:image/")===!1&&(c.name=l.uri);let h=(s.samplers||{})[a.sampler]||{};return c.magFilter=Ui[h.magFilter]||Xe,c.minFilter=Ui[h.minFilter]||pt,c.wrapS=Vi[h.wrapS]||je,c.wrapT=Vi[h.wrapT]||je,c.generateMipmaps=!c.isCompressedTexture&&c.minFilter!==ft&&c.minFilter!==Xe,r.associations.set(c,{textures:e}),c}).catch(function(){return null});return this.textureCache[o]=u,u}loadImageSource(e,n){let i=this,r=this.json,s=this.options;if(this.sourceCache[e]!==void 0)return this.sourceCache[e].then(h=>h.clone());let a=r.images[e],l=self.URL||self.webkitURL,o=a.uri||"",u=!1,c;if(n.isKTX2Loader===!0&&a.bufferView!==void 0)c=i.getDependency("bufferView",a.bufferView).then(function(h){return new Promise(function(f,p){n.parse(h,f,p)})});else{if(a.bufferView!==void 0)o=i.getDependency("bufferView",a.bufferView).then(function(h){u=!0;let f=new Blob([h],{type:a.mimeType});return o=l.createObjectURL(f),o});else if(a.uri===void 0)throw new Error("THREE.GLTFLoader: Image "+e+" is missing URI and bufferView");c=Promise.resolve(o).then(function(h){return new Promise(function(f,p){let m=f;n.isImageBitmapLoader===!0&&(m=function(g){let v=new _t(g);v.needsUpdate=!0,f(v)}),n.load(Te.resolveURL(h,s.path),m,void 0,p)})})}let d=c.then(function(h){return u===!0&&l.revokeObjectURL(o),Z(h,a),h.userData.mimeType=a.mimeType||Ss(a.uri),h}).catch(function(h){throw console.error("THREE.GLTFLoader: Couldn't load texture",o),h});return this.sourceCache[e]=d,d}assignTexture(e,n,i,r){let s=this;return this.getDependency("texture",i.index).then(function(a){if(!a)return null;if(i.texCoord!==void 0&&i.texCoord>0&&(a=a.clone(),a.channel=i.texCoord),s.extensions[b.KHR_TEXTURE_TRANSFORM]){let l=i.extensions!==void 0?i.extensions[b.KHR_TEXTURE_TRANSFORM]:void 0;if(l){let o=s.associations.get(a);a=s.extensions[b.KHR_TEXTURE_TRANSFORM].extendTexture(a,l),s.associations.set(a,o)}}return r!==void 0&&(a.colorSpace=r),e[n]=a,a})}assignFinalMaterial(e){let n=e.geometry,i=e.material,r=n.attributes.tangent===void 0,s=n.attributes.color!==void 0,a=n.attributes.normal===void 0;if(e.isPoints){let l="PointsMaterial:"+i.uuid,o=this.cache.get(l);o||(o=new gi,Ee.prototype.copy.call(o,i),o.color.copy(i.color),o.map=i.map,o.sizeAttenuation=!1,this.cache.add(l,o)),i=o}else if(e.isLine){let l="LineBasicMaterial:"+i.uuid,o=this.cache.get(l);o||(o=new K,Ee.prototype.copy.call(o,i),o.color.copy(i.color),o.map=i.map,this.cache.add(l,o)),i=o}if(r||s||a){let l="ClonedMaterial:"+i.uuid+":";r&&(l+="derivative-tangents:"),s&&(l+="vertex-colors:"),a&&(l+="flat-shading:");let o=this.cache.get(l);o||(o=i.clone(),s&&(o.vertexColors=!0),a&&(o.flatShading=!0),r&&(o.normalScale&&(o.normalScale.y*=-1),o.clearcoatNormalScale&&(o.clearcoatNormalScale.y*=-1)),this.cache.add(l,o),this.associations.set(o,this.associations.get(i))),i=o}e.material=i}getMaterialType(){return vt}loadMaterial(e){let n=this,i=this.json,r=this.extensions,s=i.materials[e],a,l={},o=s.extensions||{},u=[];if(o[b.KHR_MATERIALS_UNLIT]){let d=r[b.KHR_MATERIALS_UNLIT];a=d.getMaterialType(),u.push(d.extendParams(l,s,n))}else{let d=s.pbrMetallicRoughness||{};if(l.color=new C(1,1,1),l.opacity=1,Array.isArray(d.baseColorFactor)){let h=d.baseColorFactor;l.color.setRGB(h[0],h[1],h[2],q),l.opacity=h[3]}d.baseColorTexture!==void 0&&u.push(n.assignTexture(l,"map",d.baseColorTexture,ge)),l.metalness=d.metallicFactor!==void 0?d.metallicFactor:1,l.roughness=d.roughnessFactor!==void 0?d.roughnessFactor:1,d.metallicRoughnessTexture!==void 0&&(u.push(n.assignTexture(l,"metalnessMap",d.metallicRoughnessTexture)),u.push(n.assignTexture(l,"roughnessMap",d.metallicRoughnessTexture))),a=this._invokeOne(function(h){return h.getMaterialType&&h.getMaterialType(e)}),u.push(Promise.all(this._invokeAll(function(h){return h.extendMaterialParams&&h.extendMaterialParams(e,l)})))}s.doubleSided===!0&&(l.side=Ie);let c=s.alphaMode||At.OPAQUE;if(c===At.BLEND?(l.transparent=!0,l.depthWrite=!1):(l.transparent=!1,c===At.MASK&&(l.alphaTest=s.alphaCutoff!==void 0?s.alphaCutoff:.5)),s.normalTexture!==void 0&&a!==ne&&(u.push(n.assignTexture(l,"normalMap",s.normalTexture)),l.normalScale=new Y(1,1),s.normalTexture.scale!==void 0)){let d=s.normalTexture.scale;l.normalScale.set(d,d)}if(s.occlusionTexture!==void 0&&a!==ne&&(u.push(n.assignTexture(l,"aoMap",s.occlusionTexture)),s.occlusionTexture.strength!==void 0&&(l.aoMapIntensity=s.occlusionTexture.strength)),s.emissiveFactor!==void 0&&a!==ne){let d=s.emissiveFactor;l.emissive=new C().setRGB(d[0],d[1],d[2],q)}return s.emissiveTexture!==void 0&&a!==ne&&u.push(n.assignTexture(l,"emissiveMap",s.emissiveTexture,ge)),Promise.all(u).then(function(){let d=new a(l);return s.name&&(d.name=s.name),Z(d,s),n.associations.set(d,{materials:e}),s.extensions&&ue(r,d,s),d})}createUniqueName(e){let n=Ii.sanitizeNodeName(e||"");return n in this.nodeNamesUsed?n+"_"+ ++this.nodeNamesUsed[n]:(this.nodeNamesUsed[n]=0,n)}loadGeometries(e){let n=this,i=this.extensions,r=this.primitiveCache;function s(l){return i[b.KHR_DRACO_MESH_COMPRESSION].decodePrimitive(l,n).then(function(o){return Bi(o,l,n)})}let a=[];for(let l=0,o=e.length;l<o;l++){let u=e[l],c=As(u),d=r[c];if(d)a.push(d.promise);else{let h;u.extensions&&u.extensions[b.KHR_DRACO_MESH_COMPRESSION]?h=s(u):h=Bi(new V,u,n),u.mode===G.TRIANGLE_STRIP?h=h.then(f=>yt(f,qe)):u.mode===G.TRIANGLE_FAN&&(h=h.then(f=>yt(f,He))),r[c]={primitive:u,promise:h},a.push(h)}}return Promise.all(a)}loadMesh(e){let n=this,i=this.json,r=this.extensions,s=i.meshes[e],a=s.primitives,l=[];for(let o=0,u=a.length;o<u;o++){let c=a[o].material===void 0?xs(this.cache):this.getDependency("material",a[o].material);l.push(c)}return l.push(n.loadGeometries(a)),Promise.all(l).then(async function(o){let u=o.slice(0,o.length-1),c=o[o.length-1],d=[];for(let f=0,p=c.length;f<p;f++){let m=c[f],g=a[f],v,x=u[f];if(g.mode===G.TRIANGLES||g.mode===G.TRIANGLE_STRIP||g.mode===G.TRIANGLE_FAN||g.mode===void 0){let M=s.isSkinnedMesh===!0,E=m.hasAttribute("skinIndex")&&m.hasAttribute("skinWeight");M&&E===!1&&console.warn("THREE.GLTFLoader: Missing skinIndex or skinWeight attributes. Skinning disabled."),v=M&&E?new Ye(m,x):new Ne(m,x),v.isSkinnedMesh===!0&&v.normalizeSkinWeights()}else if(g.mode===G.LINES)v=new se(m,x);else if(g.mode===G.LINE_STRIP)v=new Ke(m,x);else if(g.mode===G.LINE_LOOP)v=new mi(m,x);else if(g.mode===G.POINTS)v=new _i(m,x);else throw new Error("THREE.GLTFLoader: Primitive mode unsupported: "+g.mode);Object.keys(v.geometry.morphAttributes).length>0&&ws(v,s),v.name=n.createUniqueName(s.name||"mesh_"+e),Z(v,s),g.extensions&&ue(r,v,g),n.assignFinalMaterial(v),d.push(v)}for(let f=0,p=d.length;f<p;f++)n.associations.set(d[f],{meshes:e,primitives:f});if(d.length===1)return s.extensions&&ue(r,d[0],s),d[0];let h=new F;s.extensions&&ue(r,h,s),n.associations.set(h,{meshes:e});for(let f=0,p=d.length;f<p;f++)h.add(d[f]);return h})}loadCamera(e){let n,i=this.json.cameras[e],r=i[i.type];if(!r){console.warn("THREE.GLTFLoader: Missing camera parameters.");return}return i.type==="perspective"?n=new wi(I.radToDeg(r.yfov),r.aspectRatio||1,r.znear||1,r.zfar||2e6):i.type==="orthographic"&&(n=new bi(-r.xmag,r.xmag,r.ymag,-r.ymag,r.znear,r.zfar)),i.name&&(n.name=this.createUniqueName(i.name)),Z(n,i),Promise.resolve(n)}loadSkin(e){let n=this.json.skins[e],i=[];for(let r=0,s=n.joints.length;r<s;r++)i.push(this._loadNodeShallow(n.joints[r]));return n.inverseBindMatrices!==void 0?i.push(this.getDependency("accessor",n.inverseBindMatrices)):i.push(null),Promise.all(i).then(function(r){let s=r.pop(),a=r,l=[],o=[];for(let u=0,c=a.length;u<c;u++){let d=a[u];if(d){l.push(d);let h=new B;s!==null&&h.fromArray(s.array,u*16),o.push(h)}else console.warn('THREE.GLTFLoader: Joint "%s" could not be found.',n.joints[u])}return new re(l,o)})}loadAnimation(e){let n=this.json,i=this,r=n.animations[e],s=r.name?r.name:"animation_"+e,a=[],l=[],o=[],u=[],c=[];for(let d=0,h=r.channels.length;d<h;d++){let f=r.channels[d],p=r.samplers[f.sampler],m=f.target,g=m.node,v=r.parameters!==void 0?r.parameters[p.input]:p.input,x=r.parameters!==void 0?r.parameters[p.output]:p.output;m.node!==void 0&&(a.push(this.getDependency("node",g)),l.push(this.getDependency("accessor",v)),o.push(this.getDependency("accessor",x)),u.push(p),c.push(m))}return Promise.all([Promise.all(a),Promise.all(l),Promise.all(o),Promise.all(u),Promise.all(c)]).then(function(d){let h=d[0],f=d[1],p=d[2],m=d[3],g=d[4],v=[];for(let M=0,E=h.length;M<E;M++){let T=h[M],y=f[M],R=p[M],A=m[M],N=g[M];if(T===void 0)continue;T.updateMatrix&&T.updateMatrix();let L=i._createAnimationTracks(T,y,R,A,N);if(L)for(let O=0;O<L.length;O++)v.push(L[O])}let x=new Mi(s,void 0,v);return Z(x,r),x})}createNodeMesh(e){let n=this.json,i=this,r=n.nodes[e];return r.mesh===void 0?null:i.getDependency("mesh",r.mesh).then(function(s){let a=i._getNodeRef(i.meshCache,r.mesh,s);return r.weights!==void 0&&a.traverse(function(l){if(l.isMesh)for(let o=0,u=r.weights.length;o<u;o++)l.morphTargetInfluences[o]=r.weights[o]}),a})}loadNode(e){let n=this.json,i=this,r=n.nodes[e],s=i._loadNodeShallow(e),a=[],l=r.children||[];for(let u=0,c=l.length;u<c;u++)a.push(i.getDependency("node",l[u]));let o=r.skin===void 0?Promise.resolve(null):i.getDependency("skin",r.skin);return Promise.all([s,Promise.all(a),o]).then(function(u){let c=u[0],d=u[1],h=u[2];h!==null&&c.traverse(function(f){f.isSkinnedMesh&&f.bind(h,bs)});for(let f=0,p=d.length;f<p;f++)c.add(d[f]);if(c.userData.pivot!==void 0&&d.length>0){let f=c.userData.pivot,p=d[0];c.pivot=new _().fromArray(f),c.position.x-=f[0],c.position.y-=f[1],c.position.z-=f[2],p.position.set(0,0,0),delete c.userData.pivot}return c})}_loadNodeShallow(e){let n=this.json,i=this.extensions,r=this;if(this.nodeCache[e]!==void 0)return this.nodeCache[e];let s=n.nodes[e],a=s.name?r.createUniqueName(s.name):"",l=[],o=r._invokeOne(function(u){return u.createNodeMesh&&u.createNodeMesh(e)});return o&&l.push(o),s.camera!==void 0&&l.push(r.getDependency("camera",s.camera).then(function(u){return r._getNodeRef(r.cameraCache,s.camera,u)})),r._invokeAll(function(u){return u.createNodeAttachment&&u.createNodeAttachment(e)}).forEach(function(u){l.push(u)}),this.nodeCache[e]=Promise.all(l).then(function(u){let c;if(s.isBone===!0?c=new fi:u.length>1?c=new F:u.length===1?c=u[0]:c=new Q,c!==u[0])for(let d=0,h=u.length;d<h;d++)c.add(u[d]);if(s.name&&(c.userData.name=s.name,c.name=a),Z(c,s),s.extensions&&ue(i,c,s),s.matrix!==void 0){let d=new B;d.fromArray(s.matrix),c.applyMatrix4(d)}else s.translation!==void 0&&c.position.fromArray(s.translation),s.rotation!==void 0&&c.quaternion.fromArray(s.rotation),s.scale!==void 0&&c.scale.fromArray(s.scale);if(!r.associations.has(c))r.associations.set(c,{});else if(s.mesh!==void 0&&r.meshCache.refs[s.mesh]>1){let d=r.associations.get(c);r.associations.set(c,{...d})}return r.associations.get(c).nodes=e,c}),this.nodeCache[e]}loadScene(e){let n=this.extensions,i=this.json.scenes[e],r=this,s=new F;i.name&&(s.name=r.createUniqueName(i.name)),Z(s,i),i.extensions&&ue(n,s,i);let a=i.nodes||[],l=[];for(let o=0,u=a.length;o<u;o++)l.push(r.getDependency("node",a[o]));return Promise.all(l).then(function(o){for(let c=0,d=o.length;c<d;c++){let h=o[c];h.parent!==null?s.add(Oi(h)):s.add(h)}let u=c=>{let d=new Map;for(let[h,f]of r.associations)(h instanceof Ee||h instanceof _t)&&d.set(h,f);return c.traverse(h=>{let f=r.associations.get(h);f!=null&&d.set(h,f)}),d};return r.associations=u(s),s})}_createAnimationTracks(e,n,i,r,s){let a=[],l=e.name?e.name:e.uuid,o=[];function u(f){f.morphTargetInfluences&&o.push(f.name?f.name:f.uuid)}oe[s.path]===oe.weights?(u(e),e.isGroup&&e.children.forEach(u)):o.push(l);let c;switch(oe[s.path]){case oe.weights:c=Et;break;case oe.rotation:c=Tt;break;case oe.translation:case oe.scale:c=Mt;break;default:i.itemSize===1?c=Et:c=Mt;break}let d=r.interpolation!==void 0?Rs[r.interpolation]:mt,h=this._getArrayFromAccessor(i);for(let f=0,p=o.length;f<p;f++){let m=new c(o[f]+"."+oe[s.path],n.array,h,d);r.interpolation==="CUBICSPLINE"&&this._createCubicSplineTrackInterpolant(m),a.push(m)}return a}_getArrayFromAccessor(e){let n=e.array;if(e.normalized){let i=Jt(n.constructor),r=new Float32Array(n.length);for(let s=0,a=n.length;s<a;s++)r[s]=n[s]*i;n=r}return n}_createCubicSplineTrackInterpolant(e){e.createInterpolant=function(i){let r=this instanceof Tt?Zt:$e;return new r(this.times,this.values,this.getValueSize()/3,i)},e.createInterpolant.isInterpolantFactoryMethodGLTFCubicSpline=!0}};function Ps(t,e,n){let i=e.attributes,r=new di;if(i.POSITION!==void 0){let l=n.json.accessors[i.POSITION],o=l.min,u=l.max;if(o!==void 0&&u!==void 0){if(r.set(new _(o[0],o[1],o[2]),new _(u[0],u[1],u[2])),l.normalized){let c=Jt(Re[l.componentType]);r.min.multiplyScalar(c),r.max.multiplyScalar(c)}}else{console.warn("THREE.GLTFLoader: Missing min/max properties for accessor POSITION.");return}}else return;let s=e.targets;if(s!==void 0){let l=new _,o=new _;for(let u=0,c=s.length;u<c;u++){let d=s[u];if(d.POSITION!==void 0){let h=n.json.accessors[d.POSITION],f=h.min,p=h.max;if(f!==void 0&&p!==void 0){if(o.setX(Math.max(Math.abs(f[0]),Math.abs(p[0]))),o.setY(Math.max(Math.abs(f[1]),Math.abs(p[1]))),o.setZ(Math.max(Math.abs(f[2]),Math.abs(p[2]))),h.normalized){let m=Jt(Re[h.componentType]);o.multiplyScalar(m)}l.max(o)}else console.warn("THREE.GLTFLoader: Missing min/max properties for accessor POSITION.")}}r.expandByVector(l)}t.boundingBox=r;let a=new hi;r.getCenter(a.center),a.radius=r.min.distanceTo(r.max)/2,t.boundingSphere=a}function Bi(t,e,n){let i=e.attributes,r=[];function s(a,l){return n.getDependency("accessor",a).then(function(o){t.setAttribute(l,o)})}for(let a in i){let l=$t[a]||a.toLowerCase();l in t.attributes||r.push(s(i[a],l))}if(e.indices!==void 0&&!t.index){let a=n.getDependency("accessor",e.indices).then(function(l){t.setIndex(l)});r.push(a)}return gt.workingColorSpace!==q&&"COLOR_0"in i&&console.warn(`THREE.GLTFLoader: Converting vertex colors from "srgb-linear" to "${gt.workingColorSpace}" not supported.`),Z(t,e),Ps(t,e,n),Promise.all(r).then(function(){return e.targets!==void 0?ys(t,e.targets,n):t})}var Je=(t,e,n)=>new Promise((i,r)=>{var s=o=>{try{l(n.next(o))}catch(u){r(u)}},a=o=>{try{l(n.throw(o))}catch(u){r(u)}},l=o=>o.done?i(o.value):Promise.resolve(o.value).then(s,a);l((n=n.apply(t,e)).next())}),P=(t,e,n)=>new Promise((i,r)=>{var s=o=>{try{l(n.next(o))}catch(u){r(u)}},a=o=>{try{l(n.throw(o))}catch(u){r(u)}},l=o=>o.done?i(o.value):Promise.resolve(o.value).then(s,a);l((n=n.apply(t,e)).next())}),Fi=class extends Q{constructor(t){super(),this.weight=0,this.isBinary=!1,this.overrideBlink="none",this.overrideLookAt="none",this.overrideMouth="none",this._binds=[],this.name=`VRMExpression_${t}`,this.expressionName=t,this.type="VRMExpression",this.visible=!1}get binds(){return this._binds}get overrideBlinkAmount(){return this.overrideBlink==="block"?0<this.outputWeight?1:0:this.overrideBlink==="blend"?this.outputWeight:0}get overrideLookAtAmount(){return this.overrideLookAt==="block"?0<this.outputWeight?1:0:this.overrideLookAt==="blend"?this.outputWeight:0}get overrideMouthAmount(){return this.overrideMouth==="block"?0<this.outputWeight?1:0:this.overrideMouth==="blend"?this.outputWeight:0}get outputWeight(){return this.isBinary?this.weight>.5?1:0:this.weight}addBind(t){this._binds.push(t)}deleteBind(t){let e=this._binds.indexOf(t);e>=0&&this._binds.splice(e,1)}applyWeight(t){var e;let n=this.outputWeight;n*=(e=t?.multiplier)!=null?e:1,this.isBinary&&n<1&&(n=0),this._binds.forEach(i=>i.applyWeight(n))}clearAppliedWeight(){this._binds.forEach(t=>t.clearAppliedWeight())}};function Rr(t,e,n){var i,r;let s=t.parser.json,a=(i=s.nodes)==null?void 0:i[e];if(a==null)return console.warn(`extractPrimitivesInternal: Attempt to use nodes[${e}] of glTF but the node doesn't exist`),null;let l=a.mesh;if(l==null)return null;let o=(r=s.meshes)==null?void 0:r[l];if(o==null)return console.warn(`extractPrimitivesInternal: Attempt to use meshes[${l}] of glTF but the mesh doesn't exist`),null;let u=o.primitives.length,c=[];return n.traverse(d=>{c.length<u&&d.isMesh&&c.push(d)}),c}function ki(t,e){return P(this,null,function*(){let n=yield t.parser.getDependency("node",e);return Rr(t,e,n)})}function Wi(t){return P(this,null,function*(){let e=yield t.parser.getDependencies("node"),n=new Map;return e.forEach((i,r)=>{let s=Rr(t,r,i);s!=null&&n.set(r,s)}),n})}var pn={Aa:"aa",Ih:"ih",Ou:"ou",Ee:"ee",Oh:"oh",Blink:"blink",Happy:"happy",Angry:"angry",Sad:"sad",Relaxed:"relaxed",LookUp:"lookUp",Surprised:"surprised",LookDown:"lookDown",LookLeft:"lookLeft",LookRight:"lookRight",BlinkLeft:"blinkLeft",BlinkRight:"blinkRight",Neutral:"neutral"};function xr(t){return Math.max(Math.min(t,1),0)}var zi=class yr{constructor(){this.blinkExpressionNames=["blink","blinkLeft","blinkRight"],this.lookAtExpressionNames=["lookLeft","lookRight","lookUp","lookDown"],this.mouthExpressionNames=["aa","ee","ih","oh","ou"],this._expressions=[],this._expressionMap={}}get expressions(){return this._expressions.concat()}get expressionMap(){return Object.assign({},this._expressionMap)}get presetExpressionMap(){let e={},n=new Set(Object.values(pn));return Object.entries(this._expressionMap).forEach(([i,r])=>{n.has(i)&&(e[i]=r)}),e}get customExpressionMap(){let e={},n=new Set(Object.values(pn));return Object.entries(this._expressionMap).forEach(([i,r])=>{n.has(i)||(e[i]=r)}),e}copy(e){return this._expressions.concat().forEach(i=>{this.unregisterExpression(i)}),e._expressions.forEach(i=>{this.registerExpression(i)}),this.blinkExpressionNames=e.blinkExpressionNames.concat(),this.lookAtExpressionNames=e.lookAtExpressionNames.concat(),this.mouthExpressionNames=e.mouthExpressionNames.concat(),this}clone(){return new yr().copy(this)}getExpression(e){var n;return(n=this._expressionMap[e])!=null?n:null}registerExpression(e){this._expressions.push(e),this._expressionMap[e.expressionName]=e}unregisterExpression(e){let n=this._expressions.indexOf(e);n===-1&&console.warn("VRMExpressionManager: The specified expressions is not registered"),this._expressions.splice(n,1),delete this._expressionMap[e.expressionName]}getValue(e){var n;let i=this.getExpression(e);return(n=i?.weight)!=null?n:null}setValue(e,n){let i=this.getExpression(e);i&&(i.weight=xr(n))}resetValues(){this._expressions.forEach(e=>{e.weight=0})}getExpressionTrackName(e){let n=this.getExpression(e);return n?`${n.name}.weight`:null}update(){let e=this._calculateWeightMultipliers();this._expressions.forEach(n=>{n.clearAppliedWeight()}),this._expressions.forEach(n=>{let i=1,r=n.expressionName;this.blinkExpressionNames.indexOf(r)!==-1&&(i*=e.blink),this.lookAtExpressionNames.indexOf(r)!==-1&&(i*=e.lookAt),this.mouthExpressionNames.indexOf(r)!==-1&&(i*=e.mouth),n.applyWeight({multiplier:i})})}_calculateWeightMultipliers(){let e=1,n=1,i=1;return this._expressions.forEach(r=>{e-=r.overrideBlinkAmount,n-=r.overrideLookAtAmount,i-=r.overrideMouthAmount}),e=Math.max(0,e),n=Math.max(0,n),i=Math.max(0,i),{blink:e,lookAt:n,mouth:i}}},Ue={Color:"color",EmissionColor:"emissionColor",ShadeColor:"shadeColor",MatcapColor:"matcapColor",RimColor:"rimColor",OutlineColor:"outlineColor"},Ls={_Color:Ue.Color,_EmissionColor:Ue.EmissionColor,_ShadeColor:Ue.ShadeColor,_RimColor:Ue.RimColor,_OutlineColor:Ue.OutlineColor},Is=new C,wr=class Ar{constructor({material:e,type:n,targetValue:i,targetAlpha:r}){this.material=e,this.type=n,this.targetValue=i,this.targetAlpha=r??1;let s=this._initColorBindState(),a=this._initAlphaBindState();this._state={color:s,alpha:a}}applyWeight(e){let{color:n,alpha:i}=this._state;if(n!=null){let{propertyName:r,deltaValue:s}=n,a=this.material[r];a?.add(Is.copy(s).multiplyScalar(e))}if(i!=null){let{propertyName:r,deltaValue:s}=i;this.material[r]!=null&&(this.material[r]+=s*e)}}clearAppliedWeight(){let{color:e,alpha:n}=this._state;if(e!=null){let{propertyName:i,initialValue:r}=e,s=this.material[i];s?.copy(r)}if(n!=null){let{propertyName:i,initialValue:r}=n;this.material[i]!=null&&(this.material[i]=r)}}_initColorBindState(){var e,n,i;let{material:r,type:s,targetValue:a}=this,l=this._getPropertyNameMap(),o=(n=(e=l?.[s])==null?void 0:e[0])!=null?n:null;if(o==null)return console.warn(`Tried to add a material color bind to the material ${(i=r.name)!=null?i:"(no name)"}, the type ${s} but the material or the type is not supported.`),null;let c=r[o].clone(),d=new C(a.r-c.r,a.g-c.g,a.b-c.b);return{propertyName:o,initialValue:c,deltaValue:d}}_initAlphaBindState(){var e,n,i;let{material:r,type:s,targetAlpha:a}=this,l=this._getPropertyNameMap(),o=(n=(e=l?.[s])==null?void 0:e[1])!=null?n:null;if(o==null&&a!==1)return console.warn(`Tried to add a material alpha bind to the material ${(i=r.name)!=null?i:"(no name)"}, the type ${s} but the material or the type does not support alpha.`),null;if(o==null)return null;let u=r[o],c=a-u;return{propertyName:o,initialValue:u,deltaValue:c}}_getPropertyNameMap(){var e,n;return(n=(e=Object.entries(Ar._propertyNameMapMap).find(([i])=>this.material[i]===!0))==null?void 0:e[1])!=null?n:null}};wr._propertyNameMapMap={isMeshStandardMaterial:{color:["color","opacity"],emissionColor:["emissive",null]},isMeshBasicMaterial:{color:["color","opacity"]},isMToonMaterial:{color:["color","opacity"],emissionColor:["emissive",null],outlineColor:["outlineColorFactor",null],matcapColor:["matcapFactor",null],rimColor:["parametricRimColorFactor",null],shadeColor:["shadeColorFactor",null]}};var Gi=wr,at=class{constructor({primitives:t,index:e,weight:n}){this.primitives=t,this.index=e,this.weight=n}applyWeight(t){this.primitives.forEach(e=>{var n;((n=e.morphTargetInfluences)==null?void 0:n[this.index])!=null&&(e.morphTargetInfluences[this.index]+=this.weight*t)})}clearAppliedWeight(){this.primitives.forEach(t=>{var e;((e=t.morphTargetInfluences)==null?void 0:e[this.index])!=null&&(t.morphTargetInfluences[this.index]=0)})}},ji=new Y,Sr=class br{constructor({material:e,scale:n,offset:i}){var r,s;this.material=e,this.scale=n,this.offset=i;let a=(r=Object.entries(br._propertyNamesMap).find(([l])=>e[l]===!0))==null?void 0:r[1];a==null?(console.warn(`Tried to add a texture transform bind to the material ${(s=e.name)!=null?s:"(no name)"} but the material is not supported.`),this._properties=[]):(this._properties=[],a.forEach(l=>{var o;let u=(o=e[l])==null?void 0:o.clone();if(!u)return null;e[l]=u;let c=u.offset.clone(),d=u.repeat.clone(),h=i.clone().sub(c),f=n.clone().sub(d);this._properties.push({name:l,initialOffset:c,deltaOffset:h,initialScale:d,deltaScale:f})}))}applyWeight(e){this._properties.forEach(n=>{let i=this.material[n.name];i!==void 0&&(i.offset.add(ji.copy(n.deltaOffset).multiplyScalar(e)),i.repeat.add(ji.copy(n.deltaScale).multiplyScalar(e)))})}clearAppliedWeight(){this._properties.forEach(e=>{let n=this.material[e.name];n!==void 0&&(n.offset.copy(e.initialOffset),n.repeat.copy(e.initialScale))})}};Sr._propertyNamesMap={isMeshStandardMaterial:["map","emissiveMap","bumpMap","normalMap","displacementMap","roughnessMap","metalnessMap","alphaMap"],isMeshBasicMaterial:["map","specularMap","alphaMap"],isMToonMaterial:["map","normalMap","emissiveMap","shadeMultiplyTexture","rimMultiplyTexture","outlineWidthMultiplyTexture","uvAnimationMaskTexture"]};var Xi=Sr,Hs=new Set(["1.0","1.0-beta"]),Pr=class Lr{get name(){return"VRMExpressionLoaderPlugin"}constructor(e){this.parser=e}afterRoot(e){return P(this,null,function*(){e.userData.vrmExpressionManager=yield this._import(e)})}_import(e){return P(this,null,function*(){let n=yield this._v1Import(e);if(n)return n;let i=yield this._v0Import(e);return i||null})}_v1Import(e){return P(this,null,function*(){var n,i;let r=this.parser.json;if(!(((n=r.extensionsUsed)==null?void 0:n.indexOf("VRMC_vrm"))!==-1))return null;let a=(i=r.extensions)==null?void 0:i.VRMC_vrm;if(!a)return null;let l=a.specVersion;if(!Hs.has(l))return console.warn(`VRMExpressionLoaderPlugin: Unknown VRMC_vrm specVersion "${l}"`),null;let o=a.expressions;if(!o)return null;let u=new Set(Object.values(pn)),c=new Map;o.preset!=null&&Object.entries(o.preset).forEach(([h,f])=>{if(f!=null){if(!u.has(h)){console.warn(`VRMExpressionLoaderPlugin: Unknown preset name "${h}" detected. Ignoring the expression`);return}c.set(h,f)}}),o.custom!=null&&Object.entries(o.custom).forEach(([h,f])=>{if(u.has(h)){console.warn(`VRMExpressionLoaderPlugin: Custom expression cannot have preset name "${h}". Ignoring the expression`);return}c.set(h,f)});let d=new zi;return yield Promise.all(Array.from(c.entries()).map(h=>P(this,[h],function*([f,p]){var m,g,v,x,M,E,T;let y=new Fi(f);if(e.scene.add(y),y.isBinary=(m=p.isBinary)!=null?m:!1,y.overrideBlink=(g=p.overrideBlink)!=null?g:"none",y.overrideLookAt=(v=p.overrideLookAt)!=null?v:"none",y.overrideMouth=(x=p.overrideMouth)!=null?x:"none",(M=p.morphTargetBinds)==null||M.forEach(R=>P(this,null,function*(){var A;if(R.node===void 0||R.index===void 0)return;let N=yield ki(e,R.node),L=R.index;if(!N.every(O=>Array.isArray(O.morphTargetInfluences)&&L<O.morphTargetInfluences.length)){console.warn(`VRMExpressionLoaderPlugin: ${p.name} attempts to index morph #${L} but not found.`);return}y.addBind(new at({primitives:N,index:L,weight:(A=R.weight)!=null?A:1}))})),p.materialColorBinds||p.textureTransformBinds){let R=[];e.scene.traverse(A=>{let N=A.material;N&&(Array.isArray(N)?R.push(...N):R.push(N))}),(E=p.materialColorBinds)==null||E.forEach(A=>P(this,null,function*(){R.filter(L=>{var O;let D=(O=this.parser.associations.get(L))==null?void 0:O.materials;return A.material===D}).forEach(L=>{y.addBind(new Gi({material:L,type:A.type,targetValue:new C().fromArray(A.targetValue),targetAlpha:A.targetValue[3]}))})})),(T=p.textureTransformBinds)==null||T.forEach(A=>P(this,null,function*(){R.filter(L=>{var O;let D=(O=this.parser.associations.get(L))==null?void 0:O.materials;return A.material===D}).forEach(L=>{var O,D;y.addBind(new Xi({material:L,offset:new Y().fromArray((O=A.offset)!=null?O:[0,0]),scale:new Y().fromArray((D=A.scale)!=null?D:[1,1])}))})}))}d.registerExpression(y)}))),d})}_v0Import(e){return P(this,null,function*(){var n;let i=this.parser.json,r=(n=i.extensions)==null?void 0:n.VRM;if(!r)return null;let s=r.blendShapeMaster;if(!s)return null;let a=new zi,l=s.blendShapeGroups;if(!l)return a;let o=new Set;return yield Promise.all(l.map(u=>P(this,null,function*(){var c;let d=u.presetName,h=d!=null&&Lr.v0v1PresetNameMap[d]||null,f=h??u.name;if(f==null){console.warn("VRMExpressionLoaderPlugin: One of custom expressions has no name. Ignoring the expression");return}if(o.has(f)){console.warn(`VRMExpressionLoaderPlugin: An expression preset ${d} has duplicated entries. Ignoring the expression`);return}o.add(f);let p=new Fi(f);e.scene.add(p),p.isBinary=(c=u.isBinary)!=null?c:!1,u.binds&&u.binds.forEach(g=>P(this,null,function*(){var v;if(g.mesh===void 0||g.index===void 0)return;let x=[];if((v=i.nodes)==null||v.forEach((E,T)=>{E.mesh===g.mesh&&x.push(T)}),x.length===0){console.warn(`VRMExpressionLoaderPlugin: ${u.name} attempts to bind a morph target to the mesh #${g.mesh} but the mesh is not found or not used in the scene. Ignoring the bind.`);return}let M=g.index;yield Promise.all(x.map(E=>P(this,null,function*(){var T;let y=yield ki(e,E);if(!y.every(R=>Array.isArray(R.morphTargetInfluences)&&M<R.morphTargetInfluences.length)){console.warn(`VRMExpressionLoaderPlugin: ${u.name} attempts to index ${M}th morph but not found.`);return}p.addBind(new at({primitives:y,index:M,weight:.01*((T=g.weight)!=null?T:100)}))})))}));let m=u.materialValues;m&&m.length!==0&&m.forEach(g=>{if(g.materialName===void 0||g.propertyName===void 0||g.targetValue===void 0)return;let v=[];e.scene.traverse(M=>{if(M.material){let E=M.material;Array.isArray(E)?v.push(...E.filter(T=>(T.name===g.materialName||T.name===g.materialName+" (Outline)")&&v.indexOf(T)===-1)):E.name===g.materialName&&v.indexOf(E)===-1&&v.push(E)}});let x=g.propertyName;v.forEach(M=>{if(x==="_MainTex_ST"){let T=new Y(g.targetValue[0],g.targetValue[1]),y=new Y(g.targetValue[2],g.targetValue[3]);y.y=1-y.y-T.y,p.addBind(new Xi({material:M,scale:T,offset:y}));return}let E=Ls[x];if(E){p.addBind(new Gi({material:M,type:E,targetValue:new C().fromArray(g.targetValue),targetAlpha:g.targetValue[3]}));return}console.warn(x+" is not supported")})}),a.registerExpression(p)}))),a})}};Pr.v0v1PresetNameMap={a:"aa",e:"ee",i:"ih",o:"oh",u:"ou",blink:"blink",joy:"happy",angry:"angry",sorrow:"sad",fun:"relaxed",lookup:"lookUp",lookdown:"lookDown",lookleft:"lookLeft",lookright:"lookRight",blink_l:"blinkLeft",blink_r:"blinkRight",neutral:"neutral"};var Os=Pr;var Tn=class Ae{constructor(e,n){this._firstPersonOnlyLayer=Ae.DEFAULT_FIRSTPERSON_ONLY_LAYER,this._thirdPersonOnlyLayer=Ae.DEFAULT_THIRDPERSON_ONLY_LAYER,this._initializedLayers=!1,this.humanoid=e,this.meshAnnotations=n}copy(e){if(this.humanoid!==e.humanoid)throw new Error("VRMFirstPerson: humanoid must be same in order to copy");return this.meshAnnotations=e.meshAnnotations.map(n=>({meshes:n.meshes.concat(),type:n.type})),this}clone(){return new Ae(this.humanoid,this.meshAnnotations).copy(this)}get firstPersonOnlyLayer(){return this._firstPersonOnlyLayer}get thirdPersonOnlyLayer(){return this._thirdPersonOnlyLayer}setup({firstPersonOnlyLayer:e=Ae.DEFAULT_FIRSTPERSON_ONLY_LAYER,thirdPersonOnlyLayer:n=Ae.DEFAULT_THIRDPERSON_ONLY_LAYER}={}){this._initializedLayers||(this._firstPersonOnlyLayer=e,this._thirdPersonOnlyLayer=n,this.meshAnnotations.forEach(i=>{i.meshes.forEach(r=>{i.type==="firstPersonOnly"?(r.layers.set(this._firstPersonOnlyLayer),r.traverse(s=>s.layers.set(this._firstPersonOnlyLayer))):i.type==="thirdPersonOnly"?(r.layers.set(this._thirdPersonOnlyLayer),r.traverse(s=>s.layers.set(this._thirdPersonOnlyLayer))):i.type==="auto"&&this._createHeadlessModel(r)})}),this._initializedLayers=!0)}_excludeTriangles(e,n,i,r){let s=0;if(n!=null&&n.length>0)for(let a=0;a<e.length;a+=3){let l=e[a],o=e[a+1],u=e[a+2],c=n[l],d=i[l];if(c[0]>0&&r.includes(d[0])||c[1]>0&&r.includes(d[1])||c[2]>0&&r.includes(d[2])||c[3]>0&&r.includes(d[3]))continue;let h=n[o],f=i[o];if(h[0]>0&&r.includes(f[0])||h[1]>0&&r.includes(f[1])||h[2]>0&&r.includes(f[2])||h[3]>0&&r.includes(f[3]))continue;let p=n[u],m=i[u];p[0]>0&&r.includes(m[0])||p[1]>0&&r.includes(m[1])||p[2]>0&&r.includes(m[2])||p[3]>0&&r.includes(m[3])||(e[s++]=l,e[s++]=o,e[s++]=u)}return s}_createErasedMesh(e,n){let i=new Ye(e.geometry.clone(),e.material);i.name=`${e.name}(erase)`,i.frustumCulled=e.frustumCulled,i.layers.set(this._firstPersonOnlyLayer);let r=i.geometry,s=r.getAttribute("skinIndex"),a=s instanceof xt?[]:s.array,l=[];for(let m=0;m<a.length;m+=4)l.push([a[m],a[m+1],a[m+2],a[m+3]]);let o=r.getAttribute("skinWeight"),u=o instanceof xt?[]:o.array,c=[];for(let m=0;m<u.length;m+=4)c.push([u[m],u[m+1],u[m+2],u[m+3]]);let d=r.getIndex();if(!d)throw new Error("The geometry doesn't have an index buffer");let h=Array.from(d.array),f=this._excludeTriangles(h,c,l,n),p=[];for(let m=0;m<f;m++)p[m]=h[m];return r.setIndex(p),e.onBeforeRender&&(i.onBeforeRender=e.onBeforeRender),i.bind(new re(e.skeleton.bones,e.skeleton.boneInverses),new B),i}_createHeadlessModelForSkinnedMesh(e,n){let i=[];if(n.skeleton.bones.forEach((s,a)=>{this._isEraseTarget(s)&&i.push(a)}),!i.length){n.layers.enable(this._thirdPersonOnlyLayer),n.layers.enable(this._firstPersonOnlyLayer);return}n.layers.set(this._thirdPersonOnlyLayer);let r=this._createErasedMesh(n,i);e.add(r)}_createHeadlessModel(e){if(e.type==="Group")if(e.layers.set(this._thirdPersonOnlyLayer),this._isEraseTarget(e))e.traverse(n=>n.layers.set(this._thirdPersonOnlyLayer));else{let n=new F;n.name=`_headless_${e.name}`,n.layers.set(this._firstPersonOnlyLayer),e.parent.add(n),e.children.filter(i=>i.type==="SkinnedMesh").forEach(i=>{let r=i;this._createHeadlessModelForSkinnedMesh(n,r)})}else if(e.type==="SkinnedMesh"){let n=e;this._createHeadlessModelForSkinnedMesh(e.parent,n)}else this._isEraseTarget(e)&&(e.layers.set(this._thirdPersonOnlyLayer),e.traverse(n=>n.layers.set(this._thirdPersonOnlyLayer)))}_isEraseTarget(e){return e===this.humanoid.getRawBoneNode("head")?!0:e.parent?this._isEraseTarget(e.parent):!1}};Tn.DEFAULT_FIRSTPERSON_ONLY_LAYER=9;Tn.DEFAULT_THIRDPERSON_ONLY_LAYER=10;var qi=Tn,Ns=new Set(["1.0","1.0-beta"]),Cs=class{get name(){return"VRMFirstPersonLoaderPlugin"}constructor(t){this.parser=t}afterRoot(t){return P(this,null,function*(){let e=t.userData.vrmHumanoid;if(e!==null){if(e===void 0)throw new Error("VRMFirstPersonLoaderPlugin: vrmHumanoid is undefined. VRMHumanoidLoaderPlugin have to be used first");t.userData.vrmFirstPerson=yield this._import(t,e)}})}_import(t,e){return P(this,null,function*(){if(e==null)return null;let n=yield this._v1Import(t,e);if(n)return n;let i=yield this._v0Import(t,e);return i||null})}_v1Import(t,e){return P(this,null,function*(){var n,i;let r=this.parser.json;if(!(((n=r.extensionsUsed)==null?void 0:n.indexOf("VRMC_vrm"))!==-1))return null;let a=(i=r.extensions)==null?void 0:i.VRMC_vrm;if(!a)return null;let l=a.specVersion;if(!Ns.has(l))return console.warn(`VRMFirstPersonLoaderPlugin: Unknown VRMC_vrm specVersion "${l}"`),null;let o=a.firstPerson,u=[],c=yield Wi(t);return Array.from(c.entries()).forEach(([d,h])=>{var f,p;let m=(f=o?.meshAnnotations)==null?void 0:f.find(g=>g.node===d);u.push({meshes:h,type:(p=m?.type)!=null?p:"auto"})}),new qi(e,u)})}_v0Import(t,e){return P(this,null,function*(){var n;let i=this.parser.json,r=(n=i.extensions)==null?void 0:n.VRM;if(!r)return null;let s=r.firstPerson;if(!s)return null;let a=[],l=yield Wi(t);return Array.from(l.entries()).forEach(([o,u])=>{let c=i.nodes[o],d=s.meshAnnotations?s.meshAnnotations.find(h=>h.mesh===c.mesh):void 0;a.push({meshes:u,type:this._convertV0FlagToV1Type(d?.firstPersonFlag)})}),new qi(e,a)})}_convertV0FlagToV1Type(t){return t==="FirstPersonOnly"?"firstPersonOnly":t==="ThirdPersonOnly"?"thirdPersonOnly":t==="Both"?"both":"auto"}};var Yi=new _,Qi=new _,Us=new w,Ki=class extends F{constructor(t){super(),this.vrmHumanoid=t,this._boneAxesMap=new Map,Object.values(t.humanBones).forEach(e=>{let n=new Hi(1);n.matrixAutoUpdate=!1,n.material.depthTest=!1,n.material.depthWrite=!1,this.add(n),this._boneAxesMap.set(e,n)})}dispose(){Array.from(this._boneAxesMap.values()).forEach(t=>{t.geometry.dispose(),t.material.dispose()})}updateMatrixWorld(t){Array.from(this._boneAxesMap.entries()).forEach(([e,n])=>{e.node.updateWorldMatrix(!0,!1),e.node.matrixWorld.decompose(Yi,Us,Qi);let i=Yi.set(.1,.1,.1).divide(Qi);n.matrix.copy(e.node.matrixWorld).scale(i)}),super.updateMatrixWorld(t)}},tn=["hips","spine","chest","upperChest","neck","head","leftEye","rightEye","jaw","leftUpperLeg","leftLowerLeg","leftFoot","leftToes","rightUpperLeg","rightLowerLeg","rightFoot","rightToes","leftShoulder","leftUpperArm","leftLowerArm","leftHand","rightShoulder","rightUpperArm","rightLowerArm","rightHand","leftThumbMetacarpal","leftThumbProximal","leftThumbDistal","leftIndexProximal","leftIndexIntermediate","leftIndexDistal","leftMiddleProximal","leftMiddleIntermediate","leftMiddleDistal","leftRingProximal","leftRingIntermediate","leftRingDistal","leftLittleProximal","leftLittleIntermediate","leftLittleDistal","rightThumbMetacarpal","rightThumbProximal","rightThumbDistal","rightIndexProximal","rightIndexIntermediate","rightIndexDistal","rightMiddleProximal","rightMiddleIntermediate","rightMiddleDistal","rightRingProximal","rightRingIntermediate","rightRingDistal","rightLittleProximal","rightLittleIntermediate","rightLittleDistal"];var Vs={hips:null,spine:"hips",chest:"spine",upperChest:"chest",neck:"upperChest",head:"neck",leftEye:"head",rightEye:"head",jaw:"head",leftUpperLeg:"hips",leftLowerLeg:"leftUpperLeg",leftFoot:"leftLowerLeg",leftToes:"leftFoot",rightUpperLeg:"hips",rightLowerLeg:"rightUpperLeg",rightFoot:"rightLowerLeg",rightToes:"rightFoot",leftShoulder:"upperChest",leftUpperArm:"leftShoulder",leftLowerArm:"leftUpperArm",leftHand:"leftLowerArm",rightShoulder:"upperChest",rightUpperArm:"rightShoulder",rightLowerArm:"rightUpperArm",rightHand:"rightLowerArm",leftThumbMetacarpal:"leftHand",leftThumbProximal:"leftThumbMetacarpal",leftThumbDistal:"leftThumbProximal",leftIndexProximal:"leftHand",leftIndexIntermediate:"leftIndexProximal",leftIndexDistal:"leftIndexIntermediate",leftMiddleProximal:"leftHand",leftMiddleIntermediate:"leftMiddleProximal",leftMiddleDistal:"leftMiddleIntermediate",leftRingProximal:"leftHand",leftRingIntermediate:"leftRingProximal",leftRingDistal:"leftRingIntermediate",leftLittleProximal:"leftHand",leftLittleIntermediate:"leftLittleProximal",leftLittleDistal:"leftLittleIntermediate",rightThumbMetacarpal:"rightHand",rightThumbProximal:"rightThumbMetacarpal",rightThumbDistal:"rightThumbProximal",rightIndexProximal:"rightHand",rightIndexIntermediate:"rightIndexProximal",rightIndexDistal:"rightIndexIntermediate",rightMiddleProximal:"rightHand",rightMiddleIntermediate:"rightMiddleProximal",rightMiddleDistal:"rightMiddleIntermediate",rightRingProximal:"rightHand",rightRingIntermediate:"rightRingProximal",rightRingDistal:"rightRingIntermediate",rightLittleProximal:"rightHand",rightLittleIntermediate:"rightLittleProximal",rightLittleDistal:"rightLittleIntermediate"};function Ir(t){return t.invert?t.invert():t.inverse(),t}var ce=new _,de=new w,mn=class{constructor(t){this.humanBones=t,this.restPose=this.getAbsolutePose()}getAbsolutePose(){let t={};return Object.keys(this.humanBones).forEach(e=>{let n=e,i=this.getBoneNode(n);i&&(ce.copy(i.position),de.copy(i.quaternion),t[n]={position:ce.toArray(),rotation:de.toArray()})}),t}getPose(){let t={};return Object.keys(this.humanBones).forEach(e=>{let n=e,i=this.getBoneNode(n);if(!i)return;ce.set(0,0,0),de.identity();let r=this.restPose[n];r?.position&&ce.fromArray(r.position).negate(),r?.rotation&&Ir(de.fromArray(r.rotation)),ce.add(i.position),de.premultiply(i.quaternion),t[n]={position:ce.toArray(),rotation:de.toArray()}}),t}setPose(t){Object.entries(t).forEach(([e,n])=>{let i=e,r=this.getBoneNode(i);if(!r)return;let s=this.restPose[i];s&&(n?.position&&(r.position.fromArray(n.position),s.position&&r.position.add(ce.fromArray(s.position))),n?.rotation&&(r.quaternion.fromArray(n.rotation),s.rotation&&r.quaternion.multiply(de.fromArray(s.rotation))))})}resetPose(){Object.entries(this.restPose).forEach(([t,e])=>{let n=this.getBoneNode(t);n&&(e?.position&&n.position.fromArray(e.position),e?.rotation&&n.quaternion.fromArray(e.rotation))})}getBone(t){var e;return(e=this.humanBones[t])!=null?e:void 0}getBoneNode(t){var e,n;return(n=(e=this.humanBones[t])==null?void 0:e.node)!=null?n:null}},nn=new _,Bs=new w,Ds=new _,Zi=class Hr extends mn{static _setupTransforms(e){let n=new Q;n.name="VRMHumanoidRig";let i={},r={},s={},a={};tn.forEach(o=>{var u;let c=e.getBoneNode(o);if(c){let d=new _,h=new w;c.updateWorldMatrix(!0,!1),c.matrixWorld.decompose(d,h,nn),i[o]=d,r[o]=h,s[o]=c.quaternion.clone();let f=new w;(u=c.parent)==null||u.matrixWorld.decompose(nn,f,nn),a[o]=f}});let l={};return tn.forEach(o=>{var u;let c=e.getBoneNode(o);if(c){let d=i[o],h=o,f;for(;f==null&&(h=Vs[h],h!=null);)f=i[h];let p=new Q;p.name="Normalized_"+c.name,(h?(u=l[h])==null?void 0:u.node:n).add(p),p.position.copy(d),f&&p.position.sub(f),l[o]={node:p}}}),{rigBones:l,root:n,parentWorldRotations:a,boneRotations:s}}constructor(e){let{rigBones:n,root:i,parentWorldRotations:r,boneRotations:s}=Hr._setupTransforms(e);super(n),this.original=e,this.root=i,this._parentWorldRotations=r,this._boneRotations=s}update(){tn.forEach(e=>{let n=this.original.getBoneNode(e);if(n!=null){let i=this.getBoneNode(e),r=this._parentWorldRotations[e],s=Bs.copy(r).invert(),a=this._boneRotations[e];if(n.quaternion.copy(i.quaternion).multiply(r).premultiply(s).multiply(a),e==="hips"){let l=i.getWorldPosition(Ds);n.parent.updateWorldMatrix(!0,!1);let o=n.parent.matrixWorld,u=l.applyMatrix4(o.invert());n.position.copy(u)}}})}},$i=class Or{get restPose(){return console.warn("VRMHumanoid: restPose is deprecated. Use either rawRestPose or normalizedRestPose instead."),this.rawRestPose}get rawRestPose(){return this._rawHumanBones.restPose}get normalizedRestPose(){return this._normalizedHumanBones.restPose}get humanBones(){return this._rawHumanBones.humanBones}get rawHumanBones(){return this._rawHumanBones.humanBones}get normalizedHumanBones(){return this._normalizedHumanBones.humanBones}get normalizedHumanBonesRoot(){return this._normalizedHumanBones.root}constructor(e,n){var i;this.autoUpdateHumanBones=(i=n?.autoUpdateHumanBones)!=null?i:!0,this._rawHumanBones=new mn(e),this._normalizedHumanBones=new Zi(this._rawHumanBones)}copy(e){return this.autoUpdateHumanBones=e.autoUpdateHumanBones,this._rawHumanBones=new mn(e.humanBones),this._normalizedHumanBones=new Zi(this._rawHumanBones),this}clone(){return new Or(this.humanBones,{autoUpdateHumanBones:this.autoUpdateHumanBones}).copy(this)}getAbsolutePose(){return console.warn("VRMHumanoid: getAbsolutePose() is deprecated. Use either getRawAbsolutePose() or getNormalizedAbsolutePose() instead."),this.getRawAbsolutePose()}getRawAbsolutePose(){return this._rawHumanBones.getAbsolutePose()}getNormalizedAbsolutePose(){return this._normalizedHumanBones.getAbsolutePose()}getPose(){return console.warn("VRMHumanoid: getPose() is deprecated. Use either getRawPose() or getNormalizedPose() instead."),this.getRawPose()}getRawPose(){return this._rawHumanBones.getPose()}getNormalizedPose(){return this._normalizedHumanBones.getPose()}setPose(e){return console.warn("VRMHumanoid: setPose() is deprecated. Use either setRawPose() or setNormalizedPose() instead."),this.setRawPose(e)}setRawPose(e){return this._rawHumanBones.setPose(e)}setNormalizedPose(e){return this._normalizedHumanBones.setPose(e)}resetPose(){return console.warn("VRMHumanoid: resetPose() is deprecated. Use either resetRawPose() or resetNormalizedPose() instead."),this.resetRawPose()}resetRawPose(){return this._rawHumanBones.resetPose()}resetNormalizedPose(){return this._normalizedHumanBones.resetPose()}getBone(e){return console.warn("VRMHumanoid: getBone() is deprecated. Use either getRawBone() or getNormalizedBone() instead."),this.getRawBone(e)}getRawBone(e){return this._rawHumanBones.getBone(e)}getNormalizedBone(e){return this._normalizedHumanBones.getBone(e)}getBoneNode(e){return console.warn("VRMHumanoid: getBoneNode() is deprecated. Use either getRawBoneNode() or getNormalizedBoneNode() instead."),this.getRawBoneNode(e)}getRawBoneNode(e){return this._rawHumanBones.getBoneNode(e)}getNormalizedBoneNode(e){return this._normalizedHumanBones.getBoneNode(e)}update(){this.autoUpdateHumanBones&&this._normalizedHumanBones.update()}},Fs={Hips:"hips",Spine:"spine",Head:"head",LeftUpperLeg:"leftUpperLeg",LeftLowerLeg:"leftLowerLeg",LeftFoot:"leftFoot",RightUpperLeg:"rightUpperLeg",RightLowerLeg:"rightLowerLeg",RightFoot:"rightFoot",LeftUpperArm:"leftUpperArm",LeftLowerArm:"leftLowerArm",LeftHand:"leftHand",RightUpperArm:"rightUpperArm",RightLowerArm:"rightLowerArm",RightHand:"rightHand"},ks=new Set(["1.0","1.0-beta"]),Ji={leftThumbProximal:"leftThumbMetacarpal",leftThumbIntermediate:"leftThumbProximal",rightThumbProximal:"rightThumbMetacarpal",rightThumbIntermediate:"rightThumbProximal"},Ws=class{get name(){return"VRMHumanoidLoaderPlugin"}constructor(t,e){this.parser=t,this.helperRoot=e?.helperRoot,this.autoUpdateHumanBones=e?.autoUpdateHumanBones}afterRoot(t){return P(this,null,function*(){t.userData.vrmHumanoid=yield this._import(t)})}_import(t){return P(this,null,function*(){let e=yield this._v1Import(t);if(e)return e;let n=yield this._v0Import(t);return n||null})}_v1Import(t){return P(this,null,function*(){var e,n;let i=this.parser.json;if(!(((e=i.extensionsUsed)==null?void 0:e.indexOf("VRMC_vrm"))!==-1))return null;let s=(n=i.extensions)==null?void 0:n.VRMC_vrm;if(!s)return null;let a=s.specVersion;if(!ks.has(a))return console.warn(`VRMHumanoidLoaderPlugin: Unknown VRMC_vrm specVersion "${a}"`),null;let l=s.humanoid;if(!l)return null;let o=l.humanBones.leftThumbIntermediate!=null||l.humanBones.rightThumbIntermediate!=null,u={};l.humanBones!=null&&(yield Promise.all(Object.entries(l.humanBones).map(d=>P(this,[d],function*([h,f]){let p=h,m=f.node;if(o){let v=Ji[p];v!=null&&(p=v)}let g=yield this.parser.getDependency("node",m);if(g==null){console.warn(`A glTF node bound to the humanoid bone ${p} (index = ${m}) does not exist`);return}u[p]={node:g}}))));let c=new $i(this._ensureRequiredBonesExist(u),{autoUpdateHumanBones:this.autoUpdateHumanBones});if(t.scene.add(c.normalizedHumanBonesRoot),this.helperRoot){let d=new Ki(c);this.helperRoot.add(d),d.renderOrder=this.helperRoot.renderOrder}return c})}_v0Import(t){return P(this,null,function*(){var e;let i=(e=this.parser.json.extensions)==null?void 0:e.VRM;if(!i)return null;let r=i.humanoid;if(!r)return null;let s={};r.humanBones!=null&&(yield Promise.all(r.humanBones.map(l=>P(this,null,function*(){let o=l.bone,u=l.node;if(o==null||u==null)return;if(u<0){console.warn(`A glTF node index for the humanoid bone ${o} is negative (${u}), ignoring this bone.`);return}let c=yield this.parser.getDependency("node",u);if(c==null){console.warn(`A glTF node bound to the humanoid bone ${o} (index = ${u}) does not exist`);return}let d=Ji[o],h=d??o;if(s[h]!=null){console.warn(`Multiple bone entries for ${h} detected (index = ${u}), ignoring duplicated entries.`);return}s[h]={node:c}}))));let a=new $i(this._ensureRequiredBonesExist(s),{autoUpdateHumanBones:this.autoUpdateHumanBones});if(t.scene.add(a.normalizedHumanBonesRoot),this.helperRoot){let l=new Ki(a);this.helperRoot.add(l),l.renderOrder=this.helperRoot.renderOrder}return a})}_ensureRequiredBonesExist(t){let e=Object.values(Fs).filter(n=>t[n]==null);if(e.length>0)throw new Error(`VRMHumanoidLoaderPlugin: These humanoid bones are required but not exist: ${e.join(", ")}`);return t}},er=class extends V{constructor(){super(),this._currentTheta=0,this._currentRadius=0,this.theta=0,this.radius=0,this._currentTheta=0,this._currentRadius=0,this._attrPos=new H(new Float32Array(195),3),this.setAttribute("position",this._attrPos),this._attrIndex=new H(new Uint16Array(189),1),this.setIndex(this._attrIndex),this._buildIndex(),this.update()}update(){let t=!1;this._currentTheta!==this.theta&&(this._currentTheta=this.theta,t=!0),this._currentRadius!==this.radius&&(this._currentRadius=this.radius,t=!0),t&&this._buildPosition()}_buildPosition(){this._attrPos.setXYZ(0,0,0,0);for(let t=0;t<64;t++){let e=t/63*this._currentTheta;this._attrPos.setXYZ(t+1,this._currentRadius*Math.sin(e),0,this._currentRadius*Math.cos(e))}this._attrPos.needsUpdate=!0}_buildIndex(){for(let t=0;t<63;t++)this._attrIndex.setXYZ(t*3,0,t+1,t+2);this._attrIndex.needsUpdate=!0}},zs=class extends V{constructor(){super(),this.radius=0,this._currentRadius=0,this.tail=new _,this._currentTail=new _,this._attrPos=new H(new Float32Array(294),3),this.setAttribute("position",this._attrPos),this._attrIndex=new H(new Uint16Array(194),1),this.setIndex(this._attrIndex),this._buildIndex(),this.update()}update(){let t=!1;this._currentRadius!==this.radius&&(this._currentRadius=this.radius,t=!0),this._currentTail.equals(this.tail)||(this._currentTail.copy(this.tail),t=!0),t&&this._buildPosition()}_buildPosition(){for(let t=0;t<32;t++){let e=t/16*Math.PI;this._attrPos.setXYZ(t,Math.cos(e),Math.sin(e),0),this._attrPos.setXYZ(32+t,0,Math.cos(e),Math.sin(e)),this._attrPos.setXYZ(64+t,Math.sin(e),0,Math.cos(e))}this.scale(this._currentRadius,this._currentRadius,this._currentRadius),this.translate(this._currentTail.x,this._currentTail.y,this._currentTail.z),this._attrPos.setXYZ(96,0,0,0),this._attrPos.setXYZ(97,this._currentTail.x,this._currentTail.y,this._currentTail.z),this._attrPos.needsUpdate=!0}_buildIndex(){for(let t=0;t<32;t++){let e=(t+1)%32;this._attrIndex.setXY(t*2,t,e),this._attrIndex.setXY(64+t*2,32+t,32+e),this._attrIndex.setXY(128+t*2,64+t,64+e)}this._attrIndex.setXY(192,96,97),this._attrIndex.needsUpdate=!0}},et=new w,tr=new w,Ve=new _,nr=new _,ir=Math.sqrt(2)/2,Gs=new w(0,0,-ir,ir),js=new _(0,1,0),Xs=class extends F{constructor(t){super(),this.matrixAutoUpdate=!1,this.vrmLookAt=t;{let e=new er;e.radius=.5;let n=new ne({color:65280,transparent:!0,opacity:.5,side:Ie,depthTest:!1,depthWrite:!1});this._meshPitch=new Ne(e,n),this.add(this._meshPitch)}{let e=new er;e.radius=.5;let n=new ne({color:16711680,transparent:!0,opacity:.5,side:Ie,depthTest:!1,depthWrite:!1});this._meshYaw=new Ne(e,n),this.add(this._meshYaw)}{let e=new zs;e.radius=.1;let n=new K({color:16777215,depthTest:!1,depthWrite:!1});this._lineTarget=new se(e,n),this._lineTarget.frustumCulled=!1,this.add(this._lineTarget)}}dispose(){this._meshYaw.geometry.dispose(),this._meshYaw.material.dispose(),this._meshPitch.geometry.dispose(),this._meshPitch.material.dispose(),this._lineTarget.geometry.dispose(),this._lineTarget.material.dispose()}updateMatrixWorld(t){let e=I.DEG2RAD*this.vrmLookAt.yaw;this._meshYaw.geometry.theta=e,this._meshYaw.geometry.update();let n=I.DEG2RAD*this.vrmLookAt.pitch;this._meshPitch.geometry.theta=n,this._meshPitch.geometry.update(),this.vrmLookAt.getLookAtWorldPosition(Ve),this.vrmLookAt.getLookAtWorldQuaternion(et),et.multiply(this.vrmLookAt.getFaceFrontQuaternion(tr)),this._meshYaw.position.copy(Ve),this._meshYaw.quaternion.copy(et),this._meshPitch.position.copy(Ve),this._meshPitch.quaternion.copy(et),this._meshPitch.quaternion.multiply(tr.setFromAxisAngle(js,e)),this._meshPitch.quaternion.multiply(Gs);let{target:i,autoUpdate:r}=this.vrmLookAt;i!=null&&r&&(i.getWorldPosition(nr).sub(Ve),this._lineTarget.geometry.tail.copy(nr),this._lineTarget.geometry.update(),this._lineTarget.position.copy(Ve)),super.updateMatrixWorld(t)}},qs=new _,Ys=new _;function gn(t,e){return t.matrixWorld.decompose(qs,e,Ys),e}function it(t){return[Math.atan2(-t.z,t.x),Math.atan2(t.y,Math.sqrt(t.x*t.x+t.z*t.z))]}function rr(t){let e=Math.round(t/2/Math.PI);return t-2*Math.PI*e}var sr=new _(0,0,1),Qs=new _,Ks=new _,Zs=new _,$s=new w,rn=new w,or=new w,Js=new w,sn=new Oe,Nr=class Cr{constructor(e,n){this.offsetFromHeadBone=new _,this.autoUpdate=!0,this.faceFront=new _(0,0,1),this.humanoid=e,this.applier=n,this._yaw=0,this._pitch=0,this._needsUpdate=!0,this._restHeadWorldQuaternion=this.getLookAtWorldQuaternion(new w)}get yaw(){return this._yaw}set yaw(e){this._yaw=e,this._needsUpdate=!0}get pitch(){return this._pitch}set pitch(e){this._pitch=e,this._needsUpdate=!0}get euler(){return console.warn("VRMLookAt: euler is deprecated. use getEuler() instead."),this.getEuler(new Oe)}getEuler(e){return e.set(I.DEG2RAD*this._pitch,I.DEG2RAD*this._yaw,0,"YXZ")}copy(e){if(this.humanoid!==e.humanoid)throw new Error("VRMLookAt: humanoid must be same in order to copy");return this.offsetFromHeadBone.copy(e.offsetFromHeadBone),this.applier=e.applier,this.autoUpdate=e.autoUpdate,this.target=e.target,this.faceFront.copy(e.faceFront),this}clone(){return new Cr(this.humanoid,this.applier).copy(this)}reset(){this._yaw=0,this._pitch=0,this._needsUpdate=!0}getLookAtWorldPosition(e){let n=this.humanoid.getRawBoneNode("head");return e.copy(this.offsetFromHeadBone).applyMatrix4(n.matrixWorld)}getLookAtWorldQuaternion(e){let n=this.humanoid.getRawBoneNode("head");return gn(n,e)}getFaceFrontQuaternion(e){if(this.faceFront.distanceToSquared(sr)<.01)return e.copy(this._restHeadWorldQuaternion).invert();let[n,i]=it(this.faceFront);return sn.set(0,.5*Math.PI+n,i,"YZX"),e.setFromEuler(sn).premultiply(Js.copy(this._restHeadWorldQuaternion).invert())}getLookAtWorldDirection(e){return this.getLookAtWorldQuaternion(rn),this.getFaceFrontQuaternion(or),e.copy(sr).applyQuaternion(rn).applyQuaternion(or).applyEuler(this.getEuler(sn))}lookAt(e){let n=$s.copy(this._restHeadWorldQuaternion).multiply(Ir(this.getLookAtWorldQuaternion(rn))),i=this.getLookAtWorldPosition(Ks),r=Zs.copy(e).sub(i).applyQuaternion(n).normalize(),[s,a]=it(this.faceFront),[l,o]=it(r),u=rr(l-s),c=rr(a-o);this._yaw=I.RAD2DEG*u,this._pitch=I.RAD2DEG*c,this._needsUpdate=!0}update(e){this.target!=null&&this.autoUpdate&&this.lookAt(this.target.getWorldPosition(Qs)),this._needsUpdate&&(this._needsUpdate=!1,this.applier.applyYawPitch(this._yaw,this._pitch))}};Nr.EULER_ORDER="YXZ";var eo=Nr,to=new _(0,0,1),$=new w,xe=new w,j=new Oe(0,0,0,"YXZ"),rt=class{constructor(t,e,n,i,r){this.humanoid=t,this.rangeMapHorizontalInner=e,this.rangeMapHorizontalOuter=n,this.rangeMapVerticalDown=i,this.rangeMapVerticalUp=r,this.faceFront=new _(0,0,1),this._restQuatLeftEye=new w,this._restQuatRightEye=new w,this._restLeftEyeParentWorldQuat=new w,this._restRightEyeParentWorldQuat=new w;let s=this.humanoid.getRawBoneNode("leftEye"),a=this.humanoid.getRawBoneNode("rightEye");s&&(this._restQuatLeftEye.copy(s.quaternion),gn(s.parent,this._restLeftEyeParentWorldQuat)),a&&(this._restQuatRightEye.copy(a.quaternion),gn(a.parent,this._restRightEyeParentWorldQuat))}applyYawPitch(t,e){let n=this.humanoid.getRawBoneNode("leftEye"),i=this.humanoid.getRawBoneNode("rightEye"),r=this.humanoid.getNormalizedBoneNode("leftEye"),s=this.humanoid.getNormalizedBoneNode("rightEye");n&&(e<0?j.x=-I.DEG2RAD*this.rangeMapVerticalDown.map(-e):j.x=I.DEG2RAD*this.rangeMapVerticalUp.map(e),t<0?j.y=-I.DEG2RAD*this.rangeMapHorizontalInner.map(-t):j.y=I.DEG2RAD*this.rangeMapHorizontalOuter.map(t),$.setFromEuler(j),this._getWorldFaceFrontQuat(xe),r.quaternion.copy(xe).multiply($).multiply(xe.invert()),$.copy(this._restLeftEyeParentWorldQuat),n.quaternion.copy(r.quaternion).multiply($).premultiply($.invert()).multiply(this._restQuatLeftEye)),i&&(e<0?j.x=-I.DEG2RAD*this.rangeMapVerticalDown.map(-e):j.x=I.DEG2RAD*this.rangeMapVerticalUp.map(e),t<0?j.y=-I.DEG2RAD*this.rangeMapHorizontalOuter.map(-t):j.y=I.DEG2RAD*this.rangeMapHorizontalInner.map(t),$.setFromEuler(j),this._getWorldFaceFrontQuat(xe),s.quaternion.copy(xe).multiply($).multiply(xe.invert()),$.copy(this._restRightEyeParentWorldQuat),i.quaternion.copy(s.quaternion).multiply($).premultiply($.invert()).multiply(this._restQuatRightEye))}lookAt(t){console.warn("VRMLookAtBoneApplier: lookAt() is deprecated. use apply() instead.");let e=I.RAD2DEG*t.y,n=I.RAD2DEG*t.x;this.applyYawPitch(e,n)}_getWorldFaceFrontQuat(t){if(this.faceFront.distanceToSquared(to)<.01)return t.identity();let[e,n]=it(this.faceFront);return j.set(0,.5*Math.PI+e,n,"YZX"),t.setFromEuler(j)}};rt.type="bone";var _n=class{constructor(t,e,n,i,r){this.expressions=t,this.rangeMapHorizontalInner=e,this.rangeMapHorizontalOuter=n,this.rangeMapVerticalDown=i,this.rangeMapVerticalUp=r}applyYawPitch(t,e){e<0?(this.expressions.setValue("lookDown",0),this.expressions.setValue("lookUp",this.rangeMapVerticalUp.map(-e))):(this.expressions.setValue("lookUp",0),this.expressions.setValue("lookDown",this.rangeMapVerticalDown.map(e))),t<0?(this.expressions.setValue("lookLeft",0),this.expressions.setValue("lookRight",this.rangeMapHorizontalOuter.map(-t))):(this.expressions.setValue("lookRight",0),this.expressions.setValue("lookLeft",this.rangeMapHorizontalOuter.map(t)))}lookAt(t){console.warn("VRMLookAtBoneApplier: lookAt() is deprecated. use apply() instead.");let e=I.RAD2DEG*t.y,n=I.RAD2DEG*t.x;this.applyYawPitch(e,n)}};_n.type="expression";var ar=class{constructor(t,e){this.inputMaxValue=t,this.outputScale=e}map(t){return this.outputScale*xr(t/this.inputMaxValue)}},no=new Set(["1.0","1.0-beta"]),tt=.01,io=class{get name(){return"VRMLookAtLoaderPlugin"}constructor(t,e){this.parser=t,this.helperRoot=e?.helperRoot}afterRoot(t){return P(this,null,function*(){let e=t.userData.vrmHumanoid;if(e===null)return;if(e===void 0)throw new Error("VRMLookAtLoaderPlugin: vrmHumanoid is undefined. VRMHumanoidLoaderPlugin have to be used first");let n=t.userData.vrmExpressionManager;if(n!==null){if(n===void 0)throw new Error("VRMLookAtLoaderPlugin: vrmExpressionManager is undefined. VRMExpressionLoaderPlugin have to be used first");t.userData.vrmLookAt=yield this._import(t,e,n)}})}_import(t,e,n){return P(this,null,function*(){if(e==null||n==null)return null;let i=yield this._v1Import(t,e,n);if(i)return i;let r=yield this._v0Import(t,e,n);return r||null})}_v1Import(t,e,n){return P(this,null,function*(){var i,r,s;let a=this.parser.json;if(!(((i=a.extensionsUsed)==null?void 0:i.indexOf("VRMC_vrm"))!==-1))return null;let o=(r=a.extensions)==null?void 0:r.VRMC_vrm;if(!o)return null;let u=o.specVersion;if(!no.has(u))return console.warn(`VRMLookAtLoaderPlugin: Unknown VRMC_vrm specVersion "${u}"`),null;let c=o.lookAt;if(!c)return null;let d=c.type==="expression"?1:10,h=this._v1ImportRangeMap(c.rangeMapHorizontalInner,d),f=this._v1ImportRangeMap(c.rangeMapHorizontalOuter,d),p=this._v1ImportRangeMap(c.rangeMapVerticalDown,d),m=this._v1ImportRangeMap(c.rangeMapVerticalUp,d),g;c.type==="expression"?g=new _n(n,h,f,p,m):g=new rt(e,h,f,p,m);let v=this._importLookAt(e,g);return v.offsetFromHeadBone.fromArray((s=c.offsetFromHeadBone)!=null?s:[0,.06,0]),v})}_v1ImportRangeMap(t,e){var n,i;let r=(n=t?.inputMaxValue)!=null?n:90,s=(i=t?.outputScale)!=null?i:e;return r<tt&&(console.warn("VRMLookAtLoaderPlugin: inputMaxValue of a range map is too small. Consider reviewing the range map!"),r=tt),new ar(r,s)}_v0Import(t,e,n){return P(this,null,function*(){var i,r,s,a;let o=(i=this.parser.json.extensions)==null?void 0:i.VRM;if(!o)return null;let u=o.firstPerson;if(!u)return null;let c=u.lookAtTypeName==="BlendShape"?1:10,d=this._v0ImportDegreeMap(u.lookAtHorizontalInner,c),h=this._v0ImportDegreeMap(u.lookAtHorizontalOuter,c),f=this._v0ImportDegreeMap(u.lookAtVerticalDown,c),p=this._v0ImportDegreeMap(u.lookAtVerticalUp,c),m;u.lookAtTypeName==="BlendShape"?m=new _n(n,d,h,f,p):m=new rt(e,d,h,f,p);let g=this._importLookAt(e,m);return u.firstPersonBoneOffset?g.offsetFromHeadBone.set((r=u.firstPersonBoneOffset.x)!=null?r:0,(s=u.firstPersonBoneOffset.y)!=null?s:.06,-((a=u.firstPersonBoneOffset.z)!=null?a:0)):g.offsetFromHeadBone.set(0,.06,0),g.faceFront.set(0,0,-1),m instanceof rt&&m.faceFront.set(0,0,-1),g})}_v0ImportDegreeMap(t,e){var n,i;let r=t?.curve;JSON.stringify(r)!=="[0,0,0,1,1,1,1,0]"&&console.warn("Curves of LookAtDegreeMap defined in VRM 0.0 are not supported");let s=(n=t?.xRange)!=null?n:90,a=(i=t?.yRange)!=null?i:e;return s<tt&&(console.warn("VRMLookAtLoaderPlugin: xRange of a degree map is too small. Consider reviewing the degree map!"),s=tt),new ar(s,a)}_importLookAt(t,e){let n=new eo(t,e);if(this.helperRoot){let i=new Xs(n);this.helperRoot.add(i),i.renderOrder=this.helperRoot.renderOrder}return n}};function ro(t,e){return typeof t!="string"||t===""?"":(/^https?:\/\//i.test(e)&&/^\//.test(t)&&(e=e.replace(/(^https?:\/\/[^/]+).*/i,"$1")),/^(https?:)?\/\//i.test(t)||/^data:.*,.*$/i.test(t)||/^blob:.*$/i.test(t)?t:e+t)}var so=new Set(["1.0","1.0-beta"]),oo=class{get name(){return"VRMMetaLoaderPlugin"}constructor(t,e){var n,i,r;this.parser=t,this.needThumbnailImage=(n=e?.needThumbnailImage)!=null?n:!1,this.acceptLicenseUrls=(i=e?.acceptLicenseUrls)!=null?i:["https://vrm.dev/licenses/1.0/"],this.acceptV0Meta=(r=e?.acceptV0Meta)!=null?r:!0}afterRoot(t){return P(this,null,function*(){t.userData.vrmMeta=yield this._import(t)})}_import(t){return P(this,null,function*(){let e=yield this._v1Import(t);if(e!=null)return e;let n=yield this._v0Import(t);return n??null})}_v1Import(t){return P(this,null,function*(){var e,n,i;let r=this.parser.json;if(!(((e=r.extensionsUsed)==null?void 0:e.indexOf("VRMC_vrm"))!==-1))return null;let a=(n=r.extensions)==null?void 0:n.VRMC_vrm;if(a==null)return null;let l=a.specVersion;if(!so.has(l))return console.warn(`VRMMetaLoaderPlugin: Unknown VRMC_vrm specVersion "${l}"`),null;let o=a.meta;if(!o)return null;let u=o.licenseUrl;if(!new Set(this.acceptLicenseUrls).has(u))throw new Error(`VRMMetaLoaderPlugin: The license url "${u}" is not accepted`);let d;return this.needThumbnailImage&&o.thumbnailImage!=null&&(d=(i=yield this._extractGLTFImage(o.thumbnailImage))!=null?i:void 0),{metaVersion:"1",name:o.name,version:o.version,authors:o.authors,copyrightInformation:o.copyrightInformation,contactInformation:o.contactInformation,references:o.references,thirdPartyLicenses:o.thirdPartyLicenses,thumbnailImage:d,licenseUrl:o.licenseUrl,avatarPermission:o.avatarPermission,allowExcessivelyViolentUsage:o.allowExcessivelyViolentUsage,allowExcessivelySexualUsage:o.allowExcessivelySexualUsage,commercialUsage:o.commercialUsage,allowPoliticalOrReligiousUsage:o.allowPoliticalOrReligiousUsage,allowAntisocialOrHateUsage:o.allowAntisocialOrHateUsage,creditNotation:o.creditNotation,allowRedistribution:o.allowRedistribution,modification:o.modification,otherLicenseUrl:o.otherLicenseUrl}})}_v0Import(t){return P(this,null,function*(){var e;let i=(e=this.parser.json.extensions)==null?void 0:e.VRM;if(!i)return null;let r=i.meta;if(!r)return null;if(!this.acceptV0Meta)throw new Error("VRMMetaLoaderPlugin: Attempted to load VRM0.0 meta but acceptV0Meta is false");let s;return this.needThumbnailImage&&r.texture!=null&&r.texture!==-1&&(s=yield this.parser.getDependency("texture",r.texture)),{metaVersion:"0",allowedUserName:r.allowedUserName,author:r.author,commercialUssageName:r.commercialUssageName,contactInformation:r.contactInformation,licenseName:r.licenseName,otherLicenseUrl:r.otherLicenseUrl,otherPermissionUrl:r.otherPermissionUrl,reference:r.reference,sexualUssageName:r.sexualUssageName,texture:s??void 0,title:r.title,version:r.version,violentUssageName:r.violentUssageName}})}_extractGLTFImage(t){return P(this,null,function*(){var e;let i=(e=this.parser.json.images)==null?void 0:e[t];if(i==null)return console.warn(`VRMMetaLoaderPlugin: Attempt to use images[${t}] of glTF as a thumbnail but the image doesn't exist`),null;let r=i.uri;if(i.bufferView!=null){let a=yield this.parser.getDependency("bufferView",i.bufferView),l=new Blob([a],{type:i.mimeType});r=URL.createObjectURL(l)}return r==null?(console.warn(`VRMMetaLoaderPlugin: Attempt to use images[${t}] of glTF as a thumbnail but the image couldn't load properly`),null):yield new xi().loadAsync(ro(r,this.parser.options.path)).catch(a=>(console.error(a),console.warn("VRMMetaLoaderPlugin: Failed to load a thumbnail image"),null))})}},ao=class{constructor(t){this.scene=t.scene,this.meta=t.meta,this.humanoid=t.humanoid,this.expressionManager=t.expressionManager,this.firstPerson=t.firstPerson,this.lookAt=t.lookAt}update(t){this.humanoid.update(),this.lookAt&&this.lookAt.update(t),this.expressionManager&&this.expressionManager.update()}};var lo=class extends ao{constructor(t){super(t),this.materials=t.materials,this.springBoneManager=t.springBoneManager,this.nodeConstraintManager=t.nodeConstraintManager}update(t){super.update(t),this.nodeConstraintManager&&this.nodeConstraintManager.update(),this.springBoneManager&&this.springBoneManager.update(t),this.materials&&this.materials.forEach(e=>{e.update&&e.update(t)})}},uo=Object.defineProperty,lr=Object.getOwnPropertySymbols,co=Object.prototype.hasOwnProperty,ho=Object.prototype.propertyIsEnumerable,ur=(t,e,n)=>e in t?uo(t,e,{enumerable:!0,configurable:!0,writable:!0,value:n}):t[e]=n,cr=(t,e)=>{for(var n in e||(e={}))co.call(e,n)&&ur(t,n,e[n]);if(lr)for(var n of lr(e))ho.call(e,n)&&ur(t,n,e[n]);return t},fe=(t,e,n)=>new Promise((i,r)=>{var s=o=>{try{l(n.next(o))}catch(u){r(u)}},a=o=>{try{l(n.throw(o))}catch(u){r(u)}},l=o=>o.done?i(o.value):Promise.resolve(o.value).then(s,a);l((n=n.apply(t,e)).next())}),fo={"":3e3,srgb:3001};function po(t,e){parseInt("187",10)>=152?t.colorSpace=e:t.encoding=fo[e]}var mo=class{get pending(){return Promise.all(this._pendings)}constructor(t,e){this._parser=t,this._materialParams=e,this._pendings=[]}assignPrimitive(t,e){e!=null&&(this._materialParams[t]=e)}assignColor(t,e,n){if(e!=null){let i=new C().fromArray(e);n&&i.convertSRGBToLinear(),this._materialParams[t]=i}}assignTexture(t,e,n){return fe(this,null,function*(){let i=fe(this,null,function*(){if(e!=null){let r=yield this._parser.assignTexture(this._materialParams,t,e);if(r==null){console.warn("GLTFMToonMaterialParamsAssignHelper: Failed to load texture. The rendering result may be wrong");return}n&&po(r,"srgb")}});return this._pendings.push(i),i})}assignTextureByIndex(t,e,n){return fe(this,null,function*(){return this.assignTexture(t,e!=null?{index:e}:void 0,n)})}},go=`// #define PHONG

varying vec3 vViewPosition;

#ifndef FLAT_SHADED
  varying vec3 vNormal;
#endif

#include <common>

// #include <uv_pars_vertex>
#ifdef MTOON_USE_UV
  varying vec2 vUv;

  // COMPAT: pre-r151 uses a common uvTransform
  #if THREE_VRM_THREE_REVISION < 151
    uniform mat3 uvTransform;
  #endif
#endif

// #include <uv2_pars_vertex>
// COMAPT: pre-r151 uses uv2 for lightMap and aoMap
#if THREE_VRM_THREE_REVISION < 151
  #if defined( USE_LIGHTMAP ) || defined( USE_AOMAP )
    attribute vec2 uv2;
    varying vec2 vUv2;
    uniform mat3 uv2Transform;
  #endif
#endif

// #include <displacementmap_pars_vertex>
// #include <envmap_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <shadowmap_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>

#ifdef USE_OUTLINEWIDTHMULTIPLYTEXTURE
  uniform sampler2D outlineWidthMultiplyTexture;
  uniform mat3 outlineWidthMultiplyTextureUvTransform;
#endif

uniform float outlineWidthFactor;

void main() {

  // #include <uv_vertex>
  #ifdef MTOON_USE_UV
    // COMPAT: pre-r151 uses a common uvTransform
    #if THREE_VRM_THREE_REVISION >= 151
      vUv = uv;
    #else
      vUv = ( uvTransform * vec3( uv, 1 ) ).xy;
    #endif
  #endif

  // #include <uv2_vertex>
  // COMAPT: pre-r151 uses uv2 for lightMap and aoMap
  #if THREE_VRM_THREE_REVISION < 151
    #if defined( USE_LIGHTMAP ) || defined( USE_AOMAP )
      vUv2 = ( uv2Transform * vec3( uv2, 1 ) ).xy;
    #endif
  #endif

  #include <color_vertex>

  #include <beginnormal_vertex>
  #include <morphnormal_vertex>
  #include <skinbase_vertex>
  #include <skinnormal_vertex>

  // we need this to compute the outline properly
  objectNormal = normalize( objectNormal );

  #include <defaultnormal_vertex>

  #ifndef FLAT_SHADED // Normal computed with derivatives when FLAT_SHADED
    vNormal = normalize( transformedNormal );
  #endif

  #include <begin_vertex>

  #include <morphtarget_vertex>
  #include <skinning_vertex>
  // #include <displacementmap_vertex>
  #include <project_vertex>
  #include <logdepthbuf_vertex>
  #include <clipping_planes_vertex>

  vViewPosition = - mvPosition.xyz;

  #ifdef OUTLINE
    float worldNormalLength = length( transformedNormal );
    vec3 outlineOffset = outlineWidthFactor * worldNormalLength * objectNormal;

    #ifdef USE_OUTLINEWIDTHMULTIPLYTEXTURE
      vec2 outlineWidthMultiplyTextureUv = ( outlineWidthMultiplyTextureUvTransform * vec3( vUv, 1 ) ).xy;
      float outlineTex = texture2D( outlineWidthMultiplyTexture, outlineWidthMultiplyTextureUv ).g;
      outlineOffset *= outlineTex;
    #endif

    #ifdef OUTLINE_WIDTH_SCREEN
      outlineOffset *= vViewPosition.z / projectionMatrix[ 1 ].y;
    #endif

    gl_Position = projectionMatrix * modelViewMatrix * vec4( outlineOffset + transformed, 1.0 );

    gl_Position.z += 1E-6 * gl_Position.w; // anti-artifact magic
  #endif

  #include <worldpos_vertex>
  // #include <envmap_vertex>
  #include <shadowmap_vertex>
  #include <fog_vertex>

}`,_o=`// #define PHONG

uniform vec3 litFactor;

uniform float opacity;

uniform vec3 shadeColorFactor;
#ifdef USE_SHADEMULTIPLYTEXTURE
  uniform sampler2D shadeMultiplyTexture;
  uniform mat3 shadeMultiplyTextureUvTransform;
#endif

uniform float shadingShiftFactor;
uniform float shadingToonyFactor;

#ifdef USE_SHADINGSHIFTTEXTURE
  uniform sampler2D shadingShiftTexture;
  uniform mat3 shadingShiftTextureUvTransform;
  uniform float shadingShiftTextureScale;
#endif

uniform float giEqualizationFactor;

uniform vec3 parametricRimColorFactor;
#ifdef USE_RIMMULTIPLYTEXTURE
  uniform sampler2D rimMultiplyTexture;
  uniform mat3 rimMultiplyTextureUvTransform;
#endif
uniform float rimLightingMixFactor;
uniform float parametricRimFresnelPowerFactor;
uniform float parametricRimLiftFactor;

#ifdef USE_MATCAPTEXTURE
  uniform vec3 matcapFactor;
  uniform sampler2D matcapTexture;
  uniform mat3 matcapTextureUvTransform;
#endif

uniform vec3 emissive;
uniform float emissiveIntensity;

uniform vec3 outlineColorFactor;
uniform float outlineLightingMixFactor;

#ifdef USE_UVANIMATIONMASKTEXTURE
  uniform sampler2D uvAnimationMaskTexture;
  uniform mat3 uvAnimationMaskTextureUvTransform;
#endif

uniform float uvAnimationScrollXOffset;
uniform float uvAnimationScrollYOffset;
uniform float uvAnimationRotationPhase;

#include <common>
#include <packing>
#include <dithering_pars_fragment>
#include <color_pars_fragment>

// #include <uv_pars_fragment>
#if ( defined( MTOON_USE_UV ) && !defined( MTOON_UVS_VERTEX_ONLY ) )
  varying vec2 vUv;
#endif

// #include <uv2_pars_fragment>
// COMAPT: pre-r151 uses uv2 for lightMap and aoMap
#if THREE_VRM_THREE_REVISION < 151
  #if defined( USE_LIGHTMAP ) || defined( USE_AOMAP )
    varying vec2 vUv2;
  #endif
#endif

#include <map_pars_fragment>

#ifdef USE_MAP
  uniform mat3 mapUvTransform;
#endif

// #include <alphamap_pars_fragment>

#include <alphatest_pars_fragment>

#include <aomap_pars_fragment>
// #include <lightmap_pars_fragment>
#include <emissivemap_pars_fragment>

#ifdef USE_EMISSIVEMAP
  uniform mat3 emissiveMapUvTransform;
#endif

// #include <envmap_common_pars_fragment>
// #include <envmap_pars_fragment>
// #include <cube_uv_reflection_fragment>
#include <fog_pars_fragment>

// #include <bsdfs>
// COMPAT: pre-r151 doesn't have BRDF_Lambert in <common>
#if THREE_VRM_THREE_REVISION < 151
  vec3 BRDF_Lambert( const in vec3 diffuseColor ) {
    return RECIPROCAL_PI * diffuseColor;
  }
#endif

#include <lights_pars_begin>

#include <normal_pars_fragment>

// #include <lights_phong_pars_fragment>
varying vec3 vViewPosition;

struct MToonMaterial {
  vec3 diffuseColor;
  vec3 shadeColor;
  float shadingShift;
};

float linearstep( float a, float b, float t ) {
  return clamp( ( t - a ) / ( b - a ), 0.0, 1.0 );
}

/**
 * Convert NdotL into toon shading factor using shadingShift and shadingToony
 */
float getShading(
  const in float dotNL,
  const in float shadow,
  const in float shadingShift
) {
  float shading = dotNL;
  shading = shading + shadingShift;
  shading = linearstep( -1.0 + shadingToonyFactor, 1.0 - shadingToonyFactor, shading );
  shading *= shadow;
  return shading;
}

/**
 * Mix diffuseColor and shadeColor using shading factor and light color
 */
vec3 getDiffuse(
  const in MToonMaterial material,
  const in float shading,
  in vec3 lightColor
) {
  #ifdef DEBUG_LITSHADERATE
    return vec3( BRDF_Lambert( shading * lightColor ) );
  #endif

  vec3 col = lightColor * BRDF_Lambert( mix( material.shadeColor, material.diffuseColor, shading ) );

  // The "comment out if you want to PBR absolutely" line
  #ifdef V0_COMPAT_SHADE
    col = min( col, material.diffuseColor );
  #endif

  return col;
}

// COMPAT: pre-r156 uses a struct GeometricContext
#if THREE_VRM_THREE_REVISION >= 157
  void RE_Direct_MToon( const in IncidentLight directLight, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in MToonMaterial material, const in float shadow, inout ReflectedLight reflectedLight ) {
    float dotNL = clamp( dot( geometryNormal, directLight.direction ), -1.0, 1.0 );
    vec3 irradiance = directLight.color;

    // directSpecular will be used for rim lighting, not an actual specular
    reflectedLight.directSpecular += irradiance;

    irradiance *= dotNL;

    float shading = getShading( dotNL, shadow, material.shadingShift );

    // toon shaded diffuse
    reflectedLight.directDiffuse += getDiffuse( material, shading, directLight.color );
  }

  void RE_IndirectDiffuse_MToon( const in vec3 irradiance, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in MToonMaterial material, inout ReflectedLight reflectedLight ) {
    // indirect diffuse will use diffuseColor, no shadeColor involved
    reflectedLight.indirectDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );

    // directSpecular will be used for rim lighting, not an actual specular
    reflectedLight.directSpecular += irradiance;
  }
#else
  void RE_Direct_MToon( const in IncidentLight directLight, const in GeometricContext geometry, const in MToonMaterial material, const in float shadow, inout ReflectedLight reflectedLight ) {
    float dotNL = clamp( dot( geometry.normal, directLight.direction ), -1.0, 1.0 );
    vec3 irradiance = directLight.color;

    // directSpecular will be used for rim lighting, not an actual specular
    reflectedLight.directSpecular += irradiance;

    irradiance *= dotNL;

    float shading = getShading( dotNL, shadow, material.shadingShift );

    // toon shaded diffuse
    reflectedLight.directDiffuse += getDiffuse( material, shading, directLight.color );
  }

  void RE_IndirectDiffuse_MToon( const in vec3 irradiance, const in GeometricContext geometry, const in MToonMaterial material, inout ReflectedLight reflectedLight ) {
    // indirect diffuse will use diffuseColor, no shadeColor involved
    reflectedLight.indirectDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );

    // directSpecular will be used for rim lighting, not an actual specular
    reflectedLight.directSpecular += irradiance;
  }
#endif

#define RE_Direct RE_Direct_MToon
#define RE_IndirectDiffuse RE_IndirectDiffuse_MToon
#define Material_LightProbeLOD( material ) (0)

#include <shadowmap_pars_fragment>
// #include <bumpmap_pars_fragment>

// #include <normalmap_pars_fragment>
#ifdef USE_NORMALMAP

  uniform sampler2D normalMap;
  uniform mat3 normalMapUvTransform;
  uniform vec2 normalScale;

#endif

// COMPAT: pre-r151
// USE_NORMALMAP_OBJECTSPACE used to be OBJECTSPACE_NORMALMAP in pre-r151
#if defined( USE_NORMALMAP_OBJECTSPACE ) || defined( OBJECTSPACE_NORMALMAP )

  uniform mat3 normalMatrix;

#endif

// COMPAT: pre-r151
// USE_NORMALMAP_TANGENTSPACE used to be TANGENTSPACE_NORMALMAP in pre-r151
#if ! defined ( USE_TANGENT ) && ( defined ( USE_NORMALMAP_TANGENTSPACE ) || defined ( TANGENTSPACE_NORMALMAP ) )

  // Per-Pixel Tangent Space Normal Mapping
  // http://hacksoflife.blogspot.ch/2009/11/per-pixel-tangent-space-normal-mapping.html

  // three-vrm specific change: it requires \`uv\` as an input in order to support uv scrolls

  // Temporary compat against shader change @ Three.js r126, r151
  #if THREE_VRM_THREE_REVISION >= 151

    mat3 getTangentFrame( vec3 eye_pos, vec3 surf_norm, vec2 uv ) {

      vec3 q0 = dFdx( eye_pos.xyz );
      vec3 q1 = dFdy( eye_pos.xyz );
      vec2 st0 = dFdx( uv.st );
      vec2 st1 = dFdy( uv.st );

      vec3 N = surf_norm;

      vec3 q1perp = cross( q1, N );
      vec3 q0perp = cross( N, q0 );

      vec3 T = q1perp * st0.x + q0perp * st1.x;
      vec3 B = q1perp * st0.y + q0perp * st1.y;

      float det = max( dot( T, T ), dot( B, B ) );
      float scale = ( det == 0.0 ) ? 0.0 : inversesqrt( det );

      return mat3( T * scale, B * scale, N );

    }

  #else

    vec3 perturbNormal2Arb( vec2 uv, vec3 eye_pos, vec3 surf_norm, vec3 mapN, float faceDirection ) {

      vec3 q0 = vec3( dFdx( eye_pos.x ), dFdx( eye_pos.y ), dFdx( eye_pos.z ) );
      vec3 q1 = vec3( dFdy( eye_pos.x ), dFdy( eye_pos.y ), dFdy( eye_pos.z ) );
      vec2 st0 = dFdx( uv.st );
      vec2 st1 = dFdy( uv.st );

      vec3 N = normalize( surf_norm );

      vec3 q1perp = cross( q1, N );
      vec3 q0perp = cross( N, q0 );

      vec3 T = q1perp * st0.x + q0perp * st1.x;
      vec3 B = q1perp * st0.y + q0perp * st1.y;

      // three-vrm specific change: Workaround for the issue that happens when delta of uv = 0.0
      // TODO: Is this still required? Or shall I make a PR about it?
      if ( length( T ) == 0.0 || length( B ) == 0.0 ) {
        return surf_norm;
      }

      float det = max( dot( T, T ), dot( B, B ) );
      float scale = ( det == 0.0 ) ? 0.0 : faceDirection * inversesqrt( det );

      return normalize( T * ( mapN.x * scale ) + B * ( mapN.y * scale ) + N * mapN.z );

    }

  #endif

#endif

// #include <specularmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>

// == post correction ==========================================================
void postCorrection() {
  #include <tonemapping_fragment>
  #include <colorspace_fragment>
  #include <fog_fragment>
  #include <premultiplied_alpha_fragment>
  #include <dithering_fragment>
}

// == main procedure ===========================================================
void main() {
  #include <clipping_planes_fragment>

  vec2 uv = vec2(0.5, 0.5);

  #if ( defined( MTOON_USE_UV ) && !defined( MTOON_UVS_VERTEX_ONLY ) )
    uv = vUv;

    float uvAnimMask = 1.0;
    #ifdef USE_UVANIMATIONMASKTEXTURE
      vec2 uvAnimationMaskTextureUv = ( uvAnimationMaskTextureUvTransform * vec3( uv, 1 ) ).xy;
      uvAnimMask = texture2D( uvAnimationMaskTexture, uvAnimationMaskTextureUv ).b;
    #endif

    float uvRotCos = cos( uvAnimationRotationPhase * uvAnimMask );
    float uvRotSin = sin( uvAnimationRotationPhase * uvAnimMask );
    uv = mat2( uvRotCos, -uvRotSin, uvRotSin, uvRotCos ) * ( uv - 0.5 ) + 0.5;
    uv = uv + vec2( uvAnimationScrollXOffset, uvAnimationScrollYOffset ) * uvAnimMask;
  #endif

  #ifdef DEBUG_UV
    gl_FragColor = vec4( 0.0, 0.0, 0.0, 1.0 );
    #if ( defined( MTOON_USE_UV ) && !defined( MTOON_UVS_VERTEX_ONLY ) )
      gl_FragColor = vec4( uv, 0.0, 1.0 );
    #endif
    return;
  #endif

  vec4 diffuseColor = vec4( litFactor, opacity );
  ReflectedLight reflectedLight = ReflectedLight( vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ) );
  vec3 totalEmissiveRadiance = emissive * emissiveIntensity;

  #include <logdepthbuf_fragment>

  // #include <map_fragment>
  #ifdef USE_MAP
    vec2 mapUv = ( mapUvTransform * vec3( uv, 1 ) ).xy;
    vec4 sampledDiffuseColor = texture2D( map, mapUv );
    #ifdef DECODE_VIDEO_TEXTURE
      sampledDiffuseColor = vec4( mix( pow( sampledDiffuseColor.rgb * 0.9478672986 + vec3( 0.0521327014 ), vec3( 2.4 ) ), sampledDiffuseColor.rgb * 0.0773993808, vec3( lessThanEqual( sampledDiffuseColor.rgb, vec3( 0.04045 ) ) ) ), sampledDiffuseColor.w );
    #endif
    diffuseColor *= sampledDiffuseColor;
  #endif

  // #include <color_fragment>
  #if ( defined( USE_COLOR ) && !defined( IGNORE_VERTEX_COLOR ) )
    diffuseColor.rgb *= vColor;
  #endif

  // #include <alphamap_fragment>

  #include <alphatest_fragment>

  // #include <specularmap_fragment>

  // #include <normal_fragment_begin>
  float faceDirection = gl_FrontFacing ? 1.0 : -1.0;

  #ifdef FLAT_SHADED

    vec3 fdx = dFdx( vViewPosition );
    vec3 fdy = dFdy( vViewPosition );
    vec3 normal = normalize( cross( fdx, fdy ) );

  #else

    vec3 normal = normalize( vNormal );

    #ifdef DOUBLE_SIDED

      normal *= faceDirection;

    #endif

  #endif

  #ifdef USE_NORMALMAP

    vec2 normalMapUv = ( normalMapUvTransform * vec3( uv, 1 ) ).xy;

  #endif

  #ifdef USE_NORMALMAP_TANGENTSPACE

    #ifdef USE_TANGENT

      mat3 tbn = mat3( normalize( vTangent ), normalize( vBitangent ), normal );

    #else

      mat3 tbn = getTangentFrame( - vViewPosition, normal, normalMapUv );

    #endif

    #if defined( DOUBLE_SIDED ) && ! defined( FLAT_SHADED )

      tbn[0] *= faceDirection;
      tbn[1] *= faceDirection;

    #endif

  #endif

  #ifdef USE_CLEARCOAT_NORMALMAP

    #ifdef USE_TANGENT

      mat3 tbn2 = mat3( normalize( vTangent ), normalize( vBitangent ), normal );

    #else

      mat3 tbn2 = getTangentFrame( - vViewPosition, normal, vClearcoatNormalMapUv );

    #endif

    #if defined( DOUBLE_SIDED ) && ! defined( FLAT_SHADED )

      tbn2[0] *= faceDirection;
      tbn2[1] *= faceDirection;

    #endif

  #endif

  // non perturbed normal for clearcoat among others

  vec3 nonPerturbedNormal = normal;

  #ifdef OUTLINE
    normal *= -1.0;
  #endif

  // #include <normal_fragment_maps>

  // COMPAT: pre-r151
  // USE_NORMALMAP_OBJECTSPACE used to be OBJECTSPACE_NORMALMAP in pre-r151
  #if defined( USE_NORMALMAP_OBJECTSPACE ) || defined( OBJECTSPACE_NORMALMAP )

    normal = texture2D( normalMap, normalMapUv ).xyz * 2.0 - 1.0; // overrides both flatShading and attribute normals

    #ifdef FLIP_SIDED

      normal = - normal;

    #endif

    #ifdef DOUBLE_SIDED

      normal = normal * faceDirection;

    #endif

    normal = normalize( normalMatrix * normal );

  // COMPAT: pre-r151
  // USE_NORMALMAP_TANGENTSPACE used to be TANGENTSPACE_NORMALMAP in pre-r151
  #elif defined( USE_NORMALMAP_TANGENTSPACE ) || defined( TANGENTSPACE_NORMALMAP )

    vec3 mapN = texture2D( normalMap, normalMapUv ).xyz * 2.0 - 1.0;
    mapN.xy *= normalScale;

    // COMPAT: pre-r151
    #if THREE_VRM_THREE_REVISION >= 151 || defined( USE_TANGENT )

      normal = normalize( tbn * mapN );

    #else

      normal = perturbNormal2Arb( uv, -vViewPosition, normal, mapN, faceDirection );

    #endif

  #endif

  // #include <emissivemap_fragment>
  #ifdef USE_EMISSIVEMAP
    vec2 emissiveMapUv = ( emissiveMapUvTransform * vec3( uv, 1 ) ).xy;
    totalEmissiveRadiance *= texture2D( emissiveMap, emissiveMapUv ).rgb;
  #endif

  #ifdef DEBUG_NORMAL
    gl_FragColor = vec4( 0.5 + 0.5 * normal, 1.0 );
    return;
  #endif

  // -- MToon: lighting --------------------------------------------------------
  // accumulation
  // #include <lights_phong_fragment>
  MToonMaterial material;

  material.diffuseColor = diffuseColor.rgb;

  material.shadeColor = shadeColorFactor;
  #ifdef USE_SHADEMULTIPLYTEXTURE
    vec2 shadeMultiplyTextureUv = ( shadeMultiplyTextureUvTransform * vec3( uv, 1 ) ).xy;
    material.shadeColor *= texture2D( shadeMultiplyTexture, shadeMultiplyTextureUv ).rgb;
  #endif

  #if ( defined( USE_COLOR ) && !defined( IGNORE_VERTEX_COLOR ) )
    material.shadeColor.rgb *= vColor;
  #endif

  material.shadingShift = shadingShiftFactor;
  #ifdef USE_SHADINGSHIFTTEXTURE
    vec2 shadingShiftTextureUv = ( shadingShiftTextureUvTransform * vec3( uv, 1 ) ).xy;
    material.shadingShift += texture2D( shadingShiftTexture, shadingShiftTextureUv ).r * shadingShiftTextureScale;
  #endif

  // #include <lights_fragment_begin>

  // MToon Specific changes:
  // Since we want to take shadows into account of shading instead of irradiance,
  // we had to modify the codes that multiplies the results of shadowmap into color of direct lights.

  // COMPAT: pre-r156 uses a struct GeometricContext
  #if THREE_VRM_THREE_REVISION >= 157
    vec3 geometryPosition = - vViewPosition;
    vec3 geometryNormal = normal;
    vec3 geometryViewDir = ( isOrthographic ) ? vec3( 0, 0, 1 ) : normalize( vViewPosition );

    vec3 geometryClearcoatNormal;

    #ifdef USE_CLEARCOAT

      geometryClearcoatNormal = clearcoatNormal;

    #endif
  #else
    GeometricContext geometry;

    geometry.position = - vViewPosition;
    geometry.normal = normal;
    geometry.viewDir = ( isOrthographic ) ? vec3( 0, 0, 1 ) : normalize( vViewPosition );

    #ifdef USE_CLEARCOAT

      geometry.clearcoatNormal = clearcoatNormal;

    #endif
  #endif

  IncidentLight directLight;

  // since these variables will be used in unrolled loop, we have to define in prior
  float shadow;

  #if ( NUM_POINT_LIGHTS > 0 ) && defined( RE_Direct )

    PointLight pointLight;
    #if defined( USE_SHADOWMAP ) && NUM_POINT_LIGHT_SHADOWS > 0
    PointLightShadow pointLightShadow;
    #endif

    #pragma unroll_loop_start
    for ( int i = 0; i < NUM_POINT_LIGHTS; i ++ ) {

      pointLight = pointLights[ i ];

      // COMPAT: pre-r156 uses a struct GeometricContext
      #if THREE_VRM_THREE_REVISION >= 157
        getPointLightInfo( pointLight, geometryPosition, directLight );
      #else
        getPointLightInfo( pointLight, geometry, directLight );
      #endif

      shadow = 1.0;
      #if defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_POINT_LIGHT_SHADOWS )
      pointLightShadow = pointLightShadows[ i ];
      // COMPAT: pre-r166
      // r166 introduced shadowIntensity
      #if THREE_VRM_THREE_REVISION >= 166
        shadow = all( bvec2( directLight.visible, receiveShadow ) ) ? getPointShadow( pointShadowMap[ i ], pointLightShadow.shadowMapSize, pointLightShadow.shadowIntensity, pointLightShadow.shadowBias, pointLightShadow.shadowRadius, vPointShadowCoord[ i ], pointLightShadow.shadowCameraNear, pointLightShadow.shadowCameraFar ) : 1.0;
      #else
        shadow = all( bvec2( directLight.visible, receiveShadow ) ) ? getPointShadow( pointShadowMap[ i ], pointLightShadow.shadowMapSize, pointLightShadow.shadowBias, pointLightShadow.shadowRadius, vPointShadowCoord[ i ], pointLightShadow.shadowCameraNear, pointLightShadow.shadowCameraFar ) : 1.0;
      #endif
      #endif

      // COMPAT: pre-r156 uses a struct GeometricContext
      #if THREE_VRM_THREE_REVISION >= 157
        RE_Direct( directLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, shadow, reflectedLight );
      #else
        RE_Direct( directLight, geometry, material, shadow, reflectedLight );
      #endif

    }
    #pragma unroll_loop_end

  #endif

  #if ( NUM_SPOT_LIGHTS > 0 ) && defined( RE_Direct )

    SpotLight spotLight;
    // COMPAT: pre-r144 uses NUM_SPOT_LIGHT_SHADOWS, r144+ uses NUM_SPOT_LIGHT_COORDS
    #if THREE_VRM_THREE_REVISION >= 144
      #if defined( USE_SHADOWMAP ) && NUM_SPOT_LIGHT_COORDS > 0
      SpotLightShadow spotLightShadow;
      #endif
    #elif defined( USE_SHADOWMAP ) && NUM_SPOT_LIGHT_SHADOWS > 0
    SpotLightShadow spotLightShadow;
    #endif

    #pragma unroll_loop_start
    for ( int i = 0; i < NUM_SPOT_LIGHTS; i ++ ) {

      spotLight = spotLights[ i ];

      // COMPAT: pre-r156 uses a struct GeometricContext
      #if THREE_VRM_THREE_REVISION >= 157
        getSpotLightInfo( spotLight, geometryPosition, directLight );
      #else
        getSpotLightInfo( spotLight, geometry, directLight );
      #endif

      shadow = 1.0;
      // COMPAT: pre-r144 uses NUM_SPOT_LIGHT_SHADOWS and vSpotShadowCoord, r144+ uses NUM_SPOT_LIGHT_COORDS and vSpotLightCoord
      // COMPAT: pre-r166 does not have shadowIntensity, r166+ has shadowIntensity
      #if THREE_VRM_THREE_REVISION >= 166
        #if defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_SPOT_LIGHT_COORDS )
        spotLightShadow = spotLightShadows[ i ];
        shadow = all( bvec2( directLight.visible, receiveShadow ) ) ? getShadow( spotShadowMap[ i ], spotLightShadow.shadowMapSize, spotLightShadow.shadowIntensity, spotLightShadow.shadowBias, spotLightShadow.shadowRadius, vSpotLightCoord[ i ] ) : 1.0;
        #endif
      #elif THREE_VRM_THREE_REVISION >= 144
        #if defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_SPOT_LIGHT_COORDS )
        spotLightShadow = spotLightShadows[ i ];
        shadow = all( bvec2( directLight.visible, receiveShadow ) ) ? getShadow( spotShadowMap[ i ], spotLightShadow.shadowMapSize, spotLightShadow.shadowBias, spotLightShadow.shadowRadius, vSpotLightCoord[ i ] ) : 1.0;
        #endif
      #elif defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_SPOT_LIGHT_SHADOWS )
      spotLightShadow = spotLightShadows[ i ];
      shadow = all( bvec2( directLight.visible, receiveShadow ) ) ? getShadow( spotShadowMap[ i ], spotLightShadow.shadowMapSize, spotLightShadow.shadowBias, spotLightShadow.shadowRadius, vSpotShadowCoord[ i ] ) : 1.0;
      #endif

      // COMPAT: pre-r156 uses a struct GeometricContext
      #if THREE_VRM_THREE_REVISION >= 157
        RE_Direct( directLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, shadow, reflectedLight );
      #else
        RE_Direct( directLight, geometry, material, shadow, reflectedLight );
      #endif

    }
    #pragma unroll_loop_end

  #endif

  #if ( NUM_DIR_LIGHTS > 0 ) && defined( RE_Direct )

    DirectionalLight directionalLight;
    #if defined( USE_SHADOWMAP ) && NUM_DIR_LIGHT_SHADOWS > 0
    DirectionalLightShadow directionalLightShadow;
    #endif

    #pragma unroll_loop_start
    for ( int i = 0; i < NUM_DIR_LIGHTS; i ++ ) {

      directionalLight = directionalLights[ i ];

      // COMPAT: pre-r156 uses a struct GeometricContext
      #if THREE_VRM_THREE_REVISION >= 157
        getDirectionalLightInfo( directionalLight, directLight );
      #else
        getDirectionalLightInfo( directionalLight, geometry, directLight );
      #endif

      shadow = 1.0;
      #if defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_DIR_LIGHT_SHADOWS )
      directionalLightShadow = directionalLightShadows[ i ];
      // COMPAT: pre-r166
      // r166 introduced shadowIntensity
      #if THREE_VRM_THREE_REVISION >= 166
        shadow = all( bvec2( directLight.visible, receiveShadow ) ) ? getShadow( directionalShadowMap[ i ], directionalLightShadow.shadowMapSize, directionalLightShadow.shadowIntensity, directionalLightShadow.shadowBias, directionalLightShadow.shadowRadius, vDirectionalShadowCoord[ i ] ) : 1.0;
      #else
        shadow = all( bvec2( directLight.visible, receiveShadow ) ) ? getShadow( directionalShadowMap[ i ], directionalLightShadow.shadowMapSize, directionalLightShadow.shadowBias, directionalLightShadow.shadowRadius, vDirectionalShadowCoord[ i ] ) : 1.0;
      #endif
      #endif

      // COMPAT: pre-r156 uses a struct GeometricContext
      #if THREE_VRM_THREE_REVISION >= 157
        RE_Direct( directLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, shadow, reflectedLight );
      #else
        RE_Direct( directLight, geometry, material, shadow, reflectedLight );
      #endif

    }
    #pragma unroll_loop_end

  #endif

  // #if ( NUM_RECT_AREA_LIGHTS > 0 ) && defined( RE_Direct_RectArea )

  //   RectAreaLight rectAreaLight;

  //   #pragma unroll_loop_start
  //   for ( int i = 0; i < NUM_RECT_AREA_LIGHTS; i ++ ) {

  //     rectAreaLight = rectAreaLights[ i ];
  //     RE_Direct_RectArea( rectAreaLight, geometry, material, reflectedLight );

  //   }
  //   #pragma unroll_loop_end

  // #endif

  #if defined( RE_IndirectDiffuse )

    vec3 iblIrradiance = vec3( 0.0 );

    vec3 irradiance = getAmbientLightIrradiance( ambientLightColor );

    // COMPAT: pre-r156 uses a struct GeometricContext
    // COMPAT: pre-r156 doesn't have a define USE_LIGHT_PROBES
    #if THREE_VRM_THREE_REVISION >= 157
      #if defined( USE_LIGHT_PROBES )
        irradiance += getLightProbeIrradiance( lightProbe, geometryNormal );
      #endif
    #else
      irradiance += getLightProbeIrradiance( lightProbe, geometry.normal );
    #endif

    #if ( NUM_HEMI_LIGHTS > 0 )

      #pragma unroll_loop_start
      for ( int i = 0; i < NUM_HEMI_LIGHTS; i ++ ) {

        // COMPAT: pre-r156 uses a struct GeometricContext
        #if THREE_VRM_THREE_REVISION >= 157
          irradiance += getHemisphereLightIrradiance( hemisphereLights[ i ], geometryNormal );
        #else
          irradiance += getHemisphereLightIrradiance( hemisphereLights[ i ], geometry.normal );
        #endif

      }
      #pragma unroll_loop_end

    #endif

  #endif

  // #if defined( RE_IndirectSpecular )

  //   vec3 radiance = vec3( 0.0 );
  //   vec3 clearcoatRadiance = vec3( 0.0 );

  // #endif

  #include <lights_fragment_maps>
  #include <lights_fragment_end>

  // modulation
  #include <aomap_fragment>

  vec3 col = reflectedLight.directDiffuse + reflectedLight.indirectDiffuse;

  #ifdef DEBUG_LITSHADERATE
    gl_FragColor = vec4( col, diffuseColor.a );
    postCorrection();
    return;
  #endif

  // -- MToon: rim lighting -----------------------------------------
  vec3 viewDir = normalize( vViewPosition );

  #ifndef PHYSICALLY_CORRECT_LIGHTS
    reflectedLight.directSpecular /= PI;
  #endif
  vec3 rimMix = mix( vec3( 1.0 ), reflectedLight.directSpecular, rimLightingMixFactor );

  vec3 rim = parametricRimColorFactor * pow( saturate( 1.0 - dot( viewDir, normal ) + parametricRimLiftFactor ), parametricRimFresnelPowerFactor );

  #ifdef USE_MATCAPTEXTURE
    {
      vec3 x = normalize( vec3( viewDir.z, 0.0, -viewDir.x ) );
      vec3 y = cross( viewDir, x ); // guaranteed to be normalized
      vec2 sphereUv = 0.5 + 0.5 * vec2( dot( x, normal ), -dot( y, normal ) );
      sphereUv = ( matcapTextureUvTransform * vec3( sphereUv, 1 ) ).xy;
      vec3 matcap = texture2D( matcapTexture, sphereUv ).rgb;
      rim += matcapFactor * matcap;
    }
  #endif

  #ifdef USE_RIMMULTIPLYTEXTURE
    vec2 rimMultiplyTextureUv = ( rimMultiplyTextureUvTransform * vec3( uv, 1 ) ).xy;
    rim *= texture2D( rimMultiplyTexture, rimMultiplyTextureUv ).rgb;
  #endif

  col += rimMix * rim;

  // -- MToon: Emission --------------------------------------------------------
  col += totalEmissiveRadiance;

  // #include <envmap_fragment>

  // -- Almost done! -----------------------------------------------------------
  #if defined( OUTLINE )
    col = outlineColorFactor.rgb * mix( vec3( 1.0 ), col, outlineLightingMixFactor );
  #endif

  #ifdef OPAQUE
    diffuseColor.a = 1.0;
  #endif

  gl_FragColor = vec4( col, diffuseColor.a );
  postCorrection();
}
`,vo={None:"none",Normal:"normal",LitShadeRate:"litShadeRate",UV:"uv"},dr={None:"none",WorldCoordinates:"worldCoordinates",ScreenCoordinates:"screenCoordinates"},Eo={3e3:"",3001:"srgb"};function on(t){return parseInt("187",10)>=152?t.colorSpace:Eo[t.encoding]}var To=class extends Ei{constructor(t={}){var e;super({vertexShader:go,fragmentShader:_o}),this.uvAnimationScrollXSpeedFactor=0,this.uvAnimationScrollYSpeedFactor=0,this.uvAnimationRotationSpeedFactor=0,this.fog=!0,this.normalMapType=ui,this._ignoreVertexColor=!0,this._v0CompatShade=!1,this._debugMode=vo.None,this._outlineWidthMode=dr.None,this._isOutline=!1,t.transparentWithZWrite&&(t.depthWrite=!0),delete t.transparentWithZWrite,t.fog=!0,t.lights=!0,t.clipping=!0,this.uniforms=vi.merge([Me.common,Me.normalmap,Me.emissivemap,Me.fog,Me.lights,{litFactor:{value:new C(1,1,1)},mapUvTransform:{value:new W},colorAlpha:{value:1},normalMapUvTransform:{value:new W},shadeColorFactor:{value:new C(0,0,0)},shadeMultiplyTexture:{value:null},shadeMultiplyTextureUvTransform:{value:new W},shadingShiftFactor:{value:0},shadingShiftTexture:{value:null},shadingShiftTextureUvTransform:{value:new W},shadingShiftTextureScale:{value:1},shadingToonyFactor:{value:.9},giEqualizationFactor:{value:.9},matcapFactor:{value:new C(1,1,1)},matcapTexture:{value:null},matcapTextureUvTransform:{value:new W},parametricRimColorFactor:{value:new C(0,0,0)},rimMultiplyTexture:{value:null},rimMultiplyTextureUvTransform:{value:new W},rimLightingMixFactor:{value:1},parametricRimFresnelPowerFactor:{value:5},parametricRimLiftFactor:{value:0},emissive:{value:new C(0,0,0)},emissiveIntensity:{value:1},emissiveMapUvTransform:{value:new W},outlineWidthMultiplyTexture:{value:null},outlineWidthMultiplyTextureUvTransform:{value:new W},outlineWidthFactor:{value:0},outlineColorFactor:{value:new C(0,0,0)},outlineLightingMixFactor:{value:1},uvAnimationMaskTexture:{value:null},uvAnimationMaskTextureUvTransform:{value:new W},uvAnimationScrollXOffset:{value:0},uvAnimationScrollYOffset:{value:0},uvAnimationRotationPhase:{value:0}},(e=t.uniforms)!=null?e:{}]),this.setValues(t),this._uploadUniformsWorkaround(),this.customProgramCacheKey=()=>[...Object.entries(this._generateDefines()).map(([n,i])=>`${n}:${i}`),this.matcapTexture?`matcapTextureColorSpace:${on(this.matcapTexture)}`:"",this.shadeMultiplyTexture?`shadeMultiplyTextureColorSpace:${on(this.shadeMultiplyTexture)}`:"",this.rimMultiplyTexture?`rimMultiplyTextureColorSpace:${on(this.rimMultiplyTexture)}`:""].join(","),this.onBeforeCompile=n=>{let i=parseInt("187",10),r=Object.entries(cr(cr({},this._generateDefines()),this.defines)).filter(([s,a])=>!!a).map(([s,a])=>`#define ${s} ${a}`).join(`
`)+`
`;n.vertexShader=r+n.vertexShader,n.fragmentShader=r+n.fragmentShader,i<154&&(n.fragmentShader=n.fragmentShader.replace("#include <colorspace_fragment>","#include <encodings_fragment>"))}}get color(){return this.uniforms.litFactor.value}set color(t){this.uniforms.litFactor.value=t}get map(){return this.uniforms.map.value}set map(t){this.uniforms.map.value=t}get normalMap(){return this.uniforms.normalMap.value}set normalMap(t){this.uniforms.normalMap.value=t}get normalScale(){return this.uniforms.normalScale.value}set normalScale(t){this.uniforms.normalScale.value=t}get emissive(){return this.uniforms.emissive.value}set emissive(t){this.uniforms.emissive.value=t}get emissiveIntensity(){return this.uniforms.emissiveIntensity.value}set emissiveIntensity(t){this.uniforms.emissiveIntensity.value=t}get emissiveMap(){return this.uniforms.emissiveMap.value}set emissiveMap(t){this.uniforms.emissiveMap.value=t}get shadeColorFactor(){return this.uniforms.shadeColorFactor.value}set shadeColorFactor(t){this.uniforms.shadeColorFactor.value=t}get shadeMultiplyTexture(){return this.uniforms.shadeMultiplyTexture.value}set shadeMultiplyTexture(t){this.uniforms.shadeMultiplyTexture.value=t}get shadingShiftFactor(){return this.uniforms.shadingShiftFactor.value}set shadingShiftFactor(t){this.uniforms.shadingShiftFactor.value=t}get shadingShiftTexture(){return this.uniforms.shadingShiftTexture.value}set shadingShiftTexture(t){this.uniforms.shadingShiftTexture.value=t}get shadingShiftTextureScale(){return this.uniforms.shadingShiftTextureScale.value}set shadingShiftTextureScale(t){this.uniforms.shadingShiftTextureScale.value=t}get shadingToonyFactor(){return this.uniforms.shadingToonyFactor.value}set shadingToonyFactor(t){this.uniforms.shadingToonyFactor.value=t}get giEqualizationFactor(){return this.uniforms.giEqualizationFactor.value}set giEqualizationFactor(t){this.uniforms.giEqualizationFactor.value=t}get matcapFactor(){return this.uniforms.matcapFactor.value}set matcapFactor(t){this.uniforms.matcapFactor.value=t}get matcapTexture(){return this.uniforms.matcapTexture.value}set matcapTexture(t){this.uniforms.matcapTexture.value=t}get parametricRimColorFactor(){return this.uniforms.parametricRimColorFactor.value}set parametricRimColorFactor(t){this.uniforms.parametricRimColorFactor.value=t}get rimMultiplyTexture(){return this.uniforms.rimMultiplyTexture.value}set rimMultiplyTexture(t){this.uniforms.rimMultiplyTexture.value=t}get rimLightingMixFactor(){return this.uniforms.rimLightingMixFactor.value}set rimLightingMixFactor(t){this.uniforms.rimLightingMixFactor.value=t}get parametricRimFresnelPowerFactor(){return this.uniforms.parametricRimFresnelPowerFactor.value}set parametricRimFresnelPowerFactor(t){this.uniforms.parametricRimFresnelPowerFactor.value=t}get parametricRimLiftFactor(){return this.uniforms.parametricRimLiftFactor.value}set parametricRimLiftFactor(t){this.uniforms.parametricRimLiftFactor.value=t}get outlineWidthMultiplyTexture(){return this.uniforms.outlineWidthMultiplyTexture.value}set outlineWidthMultiplyTexture(t){this.uniforms.outlineWidthMultiplyTexture.value=t}get outlineWidthFactor(){return this.uniforms.outlineWidthFactor.value}set outlineWidthFactor(t){this.uniforms.outlineWidthFactor.value=t}get outlineColorFactor(){return this.uniforms.outlineColorFactor.value}set outlineColorFactor(t){this.uniforms.outlineColorFactor.value=t}get outlineLightingMixFactor(){return this.uniforms.outlineLightingMixFactor.value}set outlineLightingMixFactor(t){this.uniforms.outlineLightingMixFactor.value=t}get uvAnimationMaskTexture(){return this.uniforms.uvAnimationMaskTexture.value}set uvAnimationMaskTexture(t){this.uniforms.uvAnimationMaskTexture.value=t}get uvAnimationScrollXOffset(){return this.uniforms.uvAnimationScrollXOffset.value}set uvAnimationScrollXOffset(t){this.uniforms.uvAnimationScrollXOffset.value=t}get uvAnimationScrollYOffset(){return this.uniforms.uvAnimationScrollYOffset.value}set uvAnimationScrollYOffset(t){this.uniforms.uvAnimationScrollYOffset.value=t}get uvAnimationRotationPhase(){return this.uniforms.uvAnimationRotationPhase.value}set uvAnimationRotationPhase(t){this.uniforms.uvAnimationRotationPhase.value=t}get ignoreVertexColor(){return this._ignoreVertexColor}set ignoreVertexColor(t){this._ignoreVertexColor=t,this.needsUpdate=!0}get v0CompatShade(){return this._v0CompatShade}set v0CompatShade(t){this._v0CompatShade=t,this.needsUpdate=!0}get debugMode(){return this._debugMode}set debugMode(t){this._debugMode=t,this.needsUpdate=!0}get outlineWidthMode(){return this._outlineWidthMode}set outlineWidthMode(t){this._outlineWidthMode=t,this.needsUpdate=!0}get isOutline(){return this._isOutline}set isOutline(t){this._isOutline=t,this.needsUpdate=!0}get isMToonMaterial(){return!0}update(t){this._uploadUniformsWorkaround(),this._updateUVAnimation(t)}copy(t){return super.copy(t),this.map=t.map,this.normalMap=t.normalMap,this.emissiveMap=t.emissiveMap,this.shadeMultiplyTexture=t.shadeMultiplyTexture,this.shadingShiftTexture=t.shadingShiftTexture,this.matcapTexture=t.matcapTexture,this.rimMultiplyTexture=t.rimMultiplyTexture,this.outlineWidthMultiplyTexture=t.outlineWidthMultiplyTexture,this.uvAnimationMaskTexture=t.uvAnimationMaskTexture,this.normalMapType=t.normalMapType,this.uvAnimationScrollXSpeedFactor=t.uvAnimationScrollXSpeedFactor,this.uvAnimationScrollYSpeedFactor=t.uvAnimationScrollYSpeedFactor,this.uvAnimationRotationSpeedFactor=t.uvAnimationRotationSpeedFactor,this.ignoreVertexColor=t.ignoreVertexColor,this.v0CompatShade=t.v0CompatShade,this.debugMode=t.debugMode,this.outlineWidthMode=t.outlineWidthMode,this.isOutline=t.isOutline,this.needsUpdate=!0,this}_updateUVAnimation(t){this.uniforms.uvAnimationScrollXOffset.value+=t*this.uvAnimationScrollXSpeedFactor,this.uniforms.uvAnimationScrollYOffset.value+=t*this.uvAnimationScrollYSpeedFactor,this.uniforms.uvAnimationRotationPhase.value+=t*this.uvAnimationRotationSpeedFactor,this.uniforms.alphaTest.value=this.alphaTest,this.uniformsNeedUpdate=!0}_uploadUniformsWorkaround(){this.uniforms.opacity.value=this.opacity,this._updateTextureMatrix(this.uniforms.map,this.uniforms.mapUvTransform),this._updateTextureMatrix(this.uniforms.normalMap,this.uniforms.normalMapUvTransform),this._updateTextureMatrix(this.uniforms.emissiveMap,this.uniforms.emissiveMapUvTransform),this._updateTextureMatrix(this.uniforms.shadeMultiplyTexture,this.uniforms.shadeMultiplyTextureUvTransform),this._updateTextureMatrix(this.uniforms.shadingShiftTexture,this.uniforms.shadingShiftTextureUvTransform),this._updateTextureMatrix(this.uniforms.matcapTexture,this.uniforms.matcapTextureUvTransform),this._updateTextureMatrix(this.uniforms.rimMultiplyTexture,this.uniforms.rimMultiplyTextureUvTransform),this._updateTextureMatrix(this.uniforms.outlineWidthMultiplyTexture,this.uniforms.outlineWidthMultiplyTextureUvTransform),this._updateTextureMatrix(this.uniforms.uvAnimationMaskTexture,this.uniforms.uvAnimationMaskTextureUvTransform),this.uniformsNeedUpdate=!0}_generateDefines(){let t=parseInt("187",10),e=this.outlineWidthMultiplyTexture!==null,n=this.map!==null||this.normalMap!==null||this.emissiveMap!==null||this.shadeMultiplyTexture!==null||this.shadingShiftTexture!==null||this.rimMultiplyTexture!==null||this.uvAnimationMaskTexture!==null;return{THREE_VRM_THREE_REVISION:t,OUTLINE:this._isOutline,MTOON_USE_UV:e||n,MTOON_UVS_VERTEX_ONLY:e&&!n,V0_COMPAT_SHADE:this._v0CompatShade,USE_SHADEMULTIPLYTEXTURE:this.shadeMultiplyTexture!==null,USE_SHADINGSHIFTTEXTURE:this.shadingShiftTexture!==null,USE_MATCAPTEXTURE:this.matcapTexture!==null,USE_RIMMULTIPLYTEXTURE:this.rimMultiplyTexture!==null,USE_OUTLINEWIDTHMULTIPLYTEXTURE:this._isOutline&&this.outlineWidthMultiplyTexture!==null,USE_UVANIMATIONMASKTEXTURE:this.uvAnimationMaskTexture!==null,IGNORE_VERTEX_COLOR:this._ignoreVertexColor===!0,DEBUG_NORMAL:this._debugMode==="normal",DEBUG_LITSHADERATE:this._debugMode==="litShadeRate",DEBUG_UV:this._debugMode==="uv",OUTLINE_WIDTH_SCREEN:this._isOutline&&this._outlineWidthMode===dr.ScreenCoordinates}}_updateTextureMatrix(t,e){t.value&&(t.value.matrixAutoUpdate&&t.value.updateMatrix(),e.value.copy(t.value.matrix))}},Mo=new Set(["1.0","1.0-beta"]),Ur=class st{get name(){return st.EXTENSION_NAME}constructor(e,n={}){var i,r,s,a;this.parser=e,this.materialType=(i=n.materialType)!=null?i:To,this.renderOrderOffset=(r=n.renderOrderOffset)!=null?r:0,this.v0CompatShade=(s=n.v0CompatShade)!=null?s:!1,this.debugMode=(a=n.debugMode)!=null?a:"none",this._mToonMaterialSet=new Set}beforeRoot(){return fe(this,null,function*(){this._removeUnlitExtensionIfMToonExists()})}afterRoot(e){return fe(this,null,function*(){e.userData.vrmMToonMaterials=Array.from(this._mToonMaterialSet)})}getMaterialType(e){return this._getMToonExtension(e)?this.materialType:null}extendMaterialParams(e,n){let i=this._getMToonExtension(e);return i?this._extendMaterialParams(i,n):null}loadMesh(e){return fe(this,null,function*(){var n;let i=this.parser,s=(n=i.json.meshes)==null?void 0:n[e];if(s==null)throw new Error(`MToonMaterialLoaderPlugin: Attempt to use meshes[${e}] of glTF but the mesh doesn't exist`);let a=s.primitives,l=yield i.loadMesh(e);if(a.length===1){let o=l,u=a[0].material;u!=null&&this._setupPrimitive(o,u)}else{let o=l;for(let u=0;u<a.length;u++){let c=o.children[u],d=a[u].material;d!=null&&this._setupPrimitive(c,d)}}return l})}_removeUnlitExtensionIfMToonExists(){let i=this.parser.json.materials;i?.map((r,s)=>{var a;this._getMToonExtension(s)&&((a=r.extensions)!=null&&a.KHR_materials_unlit)&&delete r.extensions.KHR_materials_unlit})}_getMToonExtension(e){var n,i;let a=(n=this.parser.json.materials)==null?void 0:n[e];if(a==null){console.warn(`MToonMaterialLoaderPlugin: Attempt to use materials[${e}] of glTF but the material doesn't exist`);return}let l=(i=a.extensions)==null?void 0:i[st.EXTENSION_NAME];if(l==null)return;let o=l.specVersion;if(!Mo.has(o)){console.warn(`MToonMaterialLoaderPlugin: Unknown ${st.EXTENSION_NAME} specVersion "${o}"`);return}return l}_extendMaterialParams(e,n){return fe(this,null,function*(){var i;delete n.metalness,delete n.roughness;let r=new mo(this.parser,n);r.assignPrimitive("transparentWithZWrite",e.transparentWithZWrite),r.assignColor("shadeColorFactor",e.shadeColorFactor),r.assignTexture("shadeMultiplyTexture",e.shadeMultiplyTexture,!0),r.assignPrimitive("shadingShiftFactor",e.shadingShiftFactor),r.assignTexture("shadingShiftTexture",e.shadingShiftTexture,!0),r.assignPrimitive("shadingShiftTextureScale",(i=e.shadingShiftTexture)==null?void 0:i.scale),r.assignPrimitive("shadingToonyFactor",e.shadingToonyFactor),r.assignPrimitive("giEqualizationFactor",e.giEqualizationFactor),r.assignColor("matcapFactor",e.matcapFactor),r.assignTexture("matcapTexture",e.matcapTexture,!0),r.assignColor("parametricRimColorFactor",e.parametricRimColorFactor),r.assignTexture("rimMultiplyTexture",e.rimMultiplyTexture,!0),r.assignPrimitive("rimLightingMixFactor",e.rimLightingMixFactor),r.assignPrimitive("parametricRimFresnelPowerFactor",e.parametricRimFresnelPowerFactor),r.assignPrimitive("parametricRimLiftFactor",e.parametricRimLiftFactor),r.assignPrimitive("outlineWidthMode",e.outlineWidthMode),r.assignPrimitive("outlineWidthFactor",e.outlineWidthFactor),r.assignTexture("outlineWidthMultiplyTexture",e.outlineWidthMultiplyTexture,!1),r.assignColor("outlineColorFactor",e.outlineColorFactor),r.assignPrimitive("outlineLightingMixFactor",e.outlineLightingMixFactor),r.assignTexture("uvAnimationMaskTexture",e.uvAnimationMaskTexture,!1),r.assignPrimitive("uvAnimationScrollXSpeedFactor",e.uvAnimationScrollXSpeedFactor),r.assignPrimitive("uvAnimationScrollYSpeedFactor",e.uvAnimationScrollYSpeedFactor),r.assignPrimitive("uvAnimationRotationSpeedFactor",e.uvAnimationRotationSpeedFactor),r.assignPrimitive("v0CompatShade",this.v0CompatShade),r.assignPrimitive("debugMode",this.debugMode),yield r.pending})}_setupPrimitive(e,n){let i=this._getMToonExtension(n);if(i){let r=this._parseRenderOrder(i);e.renderOrder=r+this.renderOrderOffset,this._generateOutline(e),this._addToMaterialSet(e);return}}_shouldGenerateOutline(e){return typeof e.outlineWidthMode=="string"&&e.outlineWidthMode!=="none"&&typeof e.outlineWidthFactor=="number"&&e.outlineWidthFactor>0}_generateOutline(e){let n=e.material;if(!(n instanceof Ee)||!this._shouldGenerateOutline(n))return;e.material=[n];let i=n.clone();i.name+=" (Outline)",i.isOutline=!0,i.side=ti,e.material.push(i);let r=e.geometry,s=r.index?r.index.count:r.attributes.position.count/3;r.addGroup(0,s,0),r.addGroup(0,s,1)}_addToMaterialSet(e){let n=e.material,i=new Set;Array.isArray(n)?n.forEach(r=>i.add(r)):i.add(n);for(let r of i)this._mToonMaterialSet.add(r)}_parseRenderOrder(e){var n;return(e.transparentWithZWrite?0:19)+((n=e.renderQueueOffsetNumber)!=null?n:0)}};Ur.EXTENSION_NAME="VRMC_materials_mtoon";var Ro=Ur,xo=(t,e,n)=>new Promise((i,r)=>{var s=o=>{try{l(n.next(o))}catch(u){r(u)}},a=o=>{try{l(n.throw(o))}catch(u){r(u)}},l=o=>o.done?i(o.value):Promise.resolve(o.value).then(s,a);l((n=n.apply(t,e)).next())}),Vr=class vn{get name(){return vn.EXTENSION_NAME}constructor(e){this.parser=e}extendMaterialParams(e,n){return xo(this,null,function*(){let i=this._getHDREmissiveMultiplierExtension(e);if(i==null)return;console.warn("VRMMaterialsHDREmissiveMultiplierLoaderPlugin: `VRMC_materials_hdr_emissiveMultiplier` is archived. Use `KHR_materials_emissive_strength` instead.");let r=i.emissiveMultiplier;n.emissiveIntensity=r})}_getHDREmissiveMultiplierExtension(e){var n,i;let a=(n=this.parser.json.materials)==null?void 0:n[e];if(a==null){console.warn(`VRMMaterialsHDREmissiveMultiplierLoaderPlugin: Attempt to use materials[${e}] of glTF but the material doesn't exist`);return}let l=(i=a.extensions)==null?void 0:i[vn.EXTENSION_NAME];if(l!=null)return l}};Vr.EXTENSION_NAME="VRMC_materials_hdr_emissiveMultiplier";var yo=Vr,wo=Object.defineProperty,Ao=Object.defineProperties,So=Object.getOwnPropertyDescriptors,hr=Object.getOwnPropertySymbols,bo=Object.prototype.hasOwnProperty,Po=Object.prototype.propertyIsEnumerable,fr=(t,e,n)=>e in t?wo(t,e,{enumerable:!0,configurable:!0,writable:!0,value:n}):t[e]=n,J=(t,e)=>{for(var n in e||(e={}))bo.call(e,n)&&fr(t,n,e[n]);if(hr)for(var n of hr(e))Po.call(e,n)&&fr(t,n,e[n]);return t},pr=(t,e)=>Ao(t,So(e)),Lo=(t,e,n)=>new Promise((i,r)=>{var s=o=>{try{l(n.next(o))}catch(u){r(u)}},a=o=>{try{l(n.throw(o))}catch(u){r(u)}},l=o=>o.done?i(o.value):Promise.resolve(o.value).then(s,a);l((n=n.apply(t,e)).next())});function ye(t){return Math.pow(t,2.2)}var Io=class{get name(){return"VRMMaterialsV0CompatPlugin"}constructor(t){var e;this.parser=t,this._renderQueueMapTransparent=new Map,this._renderQueueMapTransparentZWrite=new Map;let n=this.parser.json;n.extensionsUsed=(e=n.extensionsUsed)!=null?e:[],n.extensionsUsed.indexOf("KHR_texture_transform")===-1&&n.extensionsUsed.push("KHR_texture_transform")}beforeRoot(){return Lo(this,null,function*(){var t;let e=this.parser.json,n=(t=e.extensions)==null?void 0:t.VRM,i=n?.materialProperties;i&&(this._populateRenderQueueMap(i),i.forEach((r,s)=>{var a,l;let o=(a=e.materials)==null?void 0:a[s];if(o==null){console.warn(`VRMMaterialsV0CompatPlugin: Attempt to use materials[${s}] of glTF but the material doesn't exist`);return}if(r.shader==="VRM/MToon"){let u=this._parseV0MToonProperties(r,o);e.materials[s]=u}else if((l=r.shader)!=null&&l.startsWith("VRM/Unlit")){let u=this._parseV0UnlitProperties(r,o);e.materials[s]=u}else r.shader==="VRM_USE_GLTFSHADER"||console.warn(`VRMMaterialsV0CompatPlugin: Unknown shader: ${r.shader}`)}))})}_parseV0MToonProperties(t,e){var n,i,r,s,a,l,o,u,c,d,h,f,p,m,g,v,x,M,E,T,y,R,A,N,L,O,D,ie,be,Pe,te,X,me,Le,k,xn,yn,wn,An,Sn,bn,Pn,Ln,In,Hn,On,Nn,Cn,Un,Vn,Bn,Dn,Fn,kn,Wn;let zn=(i=(n=t.keywordMap)==null?void 0:n._ALPHABLEND_ON)!=null?i:!1,Gr=((r=t.floatProperties)==null?void 0:r._ZWrite)===1&&zn,jr=this._v0ParseRenderQueue(t),Gn=(a=(s=t.keywordMap)==null?void 0:s._ALPHATEST_ON)!=null?a:!1,Xr=zn?"BLEND":Gn?"MASK":"OPAQUE",qr=Gn?(o=(l=t.floatProperties)==null?void 0:l._Cutoff)!=null?o:.5:void 0,Yr=((c=(u=t.floatProperties)==null?void 0:u._CullMode)!=null?c:2)===0,le=this._portTextureTransform(t),Qr=((h=(d=t.vectorProperties)==null?void 0:d._Color)!=null?h:[1,1,1,1]).map((Jn,Es)=>Es===3?Jn:ye(Jn)),jn=(f=t.textureProperties)==null?void 0:f._MainTex,Kr=jn!=null?{index:jn,extensions:J({},le)}:void 0,Zr=(m=(p=t.floatProperties)==null?void 0:p._BumpScale)!=null?m:1,Xn=(g=t.textureProperties)==null?void 0:g._BumpMap,$r=Xn!=null?{index:Xn,scale:Zr,extensions:J({},le)}:void 0,Jr=((x=(v=t.vectorProperties)==null?void 0:v._EmissionColor)!=null?x:[0,0,0,1]).map(ye),qn=(M=t.textureProperties)==null?void 0:M._EmissionMap,es=qn!=null?{index:qn,extensions:J({},le)}:void 0,ts=((T=(E=t.vectorProperties)==null?void 0:E._ShadeColor)!=null?T:[.97,.81,.86,1]).map(ye),Yn=(y=t.textureProperties)==null?void 0:y._ShadeTexture,ns=Yn!=null?{index:Yn,extensions:J({},le)}:void 0,We=(A=(R=t.floatProperties)==null?void 0:R._ShadeShift)!=null?A:0,ze=(L=(N=t.floatProperties)==null?void 0:N._ShadeToony)!=null?L:.9;ze=I.lerp(ze,1,.5+.5*We),We=-We-(1-ze);let Qn=(D=(O=t.floatProperties)==null?void 0:O._IndirectLightIntensity)!=null?D:.1,is=Qn?1-Qn:void 0,dt=(ie=t.textureProperties)==null?void 0:ie._SphereAdd,rs=dt!=null?[1,1,1]:void 0,ss=dt!=null?{index:dt}:void 0,os=(Pe=(be=t.floatProperties)==null?void 0:be._RimLightingMix)!=null?Pe:0,Kn=(te=t.textureProperties)==null?void 0:te._RimTexture,as=Kn!=null?{index:Kn,extensions:J({},le)}:void 0,ls=((me=(X=t.vectorProperties)==null?void 0:X._RimColor)!=null?me:[0,0,0,1]).map(ye),us=(k=(Le=t.floatProperties)==null?void 0:Le._RimFresnelPower)!=null?k:1,cs=(yn=(xn=t.floatProperties)==null?void 0:xn._RimLift)!=null?yn:0,ds=["none","worldCoordinates","screenCoordinates"][(An=(wn=t.floatProperties)==null?void 0:wn._OutlineWidthMode)!=null?An:0],ht=(bn=(Sn=t.floatProperties)==null?void 0:Sn._OutlineWidth)!=null?bn:0;ht=.01*ht;let Zn=(Pn=t.textureProperties)==null?void 0:Pn._OutlineWidthTexture,hs=Zn!=null?{index:Zn,extensions:J({},le)}:void 0,fs=((In=(Ln=t.vectorProperties)==null?void 0:Ln._OutlineColor)!=null?In:[0,0,0]).map(ye),ps=((On=(Hn=t.floatProperties)==null?void 0:Hn._OutlineColorMode)!=null?On:0)===1?(Cn=(Nn=t.floatProperties)==null?void 0:Nn._OutlineLightingMix)!=null?Cn:1:0,$n=(Un=t.textureProperties)==null?void 0:Un._UvAnimMaskTexture,ms=$n!=null?{index:$n,extensions:J({},le)}:void 0,gs=(Bn=(Vn=t.floatProperties)==null?void 0:Vn._UvAnimScrollX)!=null?Bn:0,Ge=(Fn=(Dn=t.floatProperties)==null?void 0:Dn._UvAnimScrollY)!=null?Fn:0;Ge!=null&&(Ge=-Ge);let _s=(Wn=(kn=t.floatProperties)==null?void 0:kn._UvAnimRotation)!=null?Wn:0,vs={specVersion:"1.0",transparentWithZWrite:Gr,renderQueueOffsetNumber:jr,shadeColorFactor:ts,shadeMultiplyTexture:ns,shadingShiftFactor:We,shadingToonyFactor:ze,giEqualizationFactor:is,matcapFactor:rs,matcapTexture:ss,rimLightingMixFactor:os,rimMultiplyTexture:as,parametricRimColorFactor:ls,parametricRimFresnelPowerFactor:us,parametricRimLiftFactor:cs,outlineWidthMode:ds,outlineWidthFactor:ht,outlineWidthMultiplyTexture:hs,outlineColorFactor:fs,outlineLightingMixFactor:ps,uvAnimationMaskTexture:ms,uvAnimationScrollXSpeedFactor:gs,uvAnimationScrollYSpeedFactor:Ge,uvAnimationRotationSpeedFactor:_s};return pr(J({},e),{pbrMetallicRoughness:{baseColorFactor:Qr,baseColorTexture:Kr},normalTexture:$r,emissiveTexture:es,emissiveFactor:Jr,alphaMode:Xr,alphaCutoff:qr,doubleSided:Yr,extensions:{VRMC_materials_mtoon:vs}})}_parseV0UnlitProperties(t,e){var n,i,r,s,a;let l=t.shader==="VRM/UnlitTransparentZWrite",o=t.shader==="VRM/UnlitTransparent"||l,u=this._v0ParseRenderQueue(t),c=t.shader==="VRM/UnlitCutout",d=o?"BLEND":c?"MASK":"OPAQUE",h=c?(i=(n=t.floatProperties)==null?void 0:n._Cutoff)!=null?i:.5:void 0,f=this._portTextureTransform(t),p=((s=(r=t.vectorProperties)==null?void 0:r._Color)!=null?s:[1,1,1,1]).map(ye),m=(a=t.textureProperties)==null?void 0:a._MainTex,g=m!=null?{index:m,extensions:J({},f)}:void 0,v={specVersion:"1.0",transparentWithZWrite:l,renderQueueOffsetNumber:u,shadeColorFactor:p,shadeMultiplyTexture:g};return pr(J({},e),{pbrMetallicRoughness:{baseColorFactor:p,baseColorTexture:g},alphaMode:d,alphaCutoff:h,extensions:{VRMC_materials_mtoon:v}})}_portTextureTransform(t){var e,n,i,r,s;let a=(e=t.vectorProperties)==null?void 0:e._MainTex;if(a==null)return{};let l=[(n=a?.[0])!=null?n:0,(i=a?.[1])!=null?i:0],o=[(r=a?.[2])!=null?r:1,(s=a?.[3])!=null?s:1];return l[1]=1-o[1]-l[1],{KHR_texture_transform:{offset:l,scale:o}}}_v0ParseRenderQueue(t){var e,n;let i=t.shader==="VRM/UnlitTransparentZWrite",r=((e=t.keywordMap)==null?void 0:e._ALPHABLEND_ON)!=null||t.shader==="VRM/UnlitTransparent"||i,s=((n=t.floatProperties)==null?void 0:n._ZWrite)===1||i,a=0;if(r){let l=t.renderQueue;l!=null&&(s?a=this._renderQueueMapTransparentZWrite.get(l):a=this._renderQueueMapTransparent.get(l))}return a}_populateRenderQueueMap(t){let e=new Set,n=new Set;t.forEach(i=>{var r,s;let a=i.shader==="VRM/UnlitTransparentZWrite",l=((r=i.keywordMap)==null?void 0:r._ALPHABLEND_ON)!=null||i.shader==="VRM/UnlitTransparent"||a,o=((s=i.floatProperties)==null?void 0:s._ZWrite)===1||a;if(l){let u=i.renderQueue;u!=null&&(o?n.add(u):e.add(u))}}),e.size>10&&console.warn(`VRMMaterialsV0CompatPlugin: This VRM uses ${e.size} render queues for Transparent materials while VRM 1.0 only supports up to 10 render queues. The model might not be rendered correctly.`),n.size>10&&console.warn(`VRMMaterialsV0CompatPlugin: This VRM uses ${n.size} render queues for TransparentZWrite materials while VRM 1.0 only supports up to 10 render queues. The model might not be rendered correctly.`),Array.from(e).sort().forEach((i,r)=>{let s=Math.min(Math.max(r-e.size+1,-9),0);this._renderQueueMapTransparent.set(i,s)}),Array.from(n).sort().forEach((i,r)=>{let s=Math.min(Math.max(r,0),9);this._renderQueueMapTransparentZWrite.set(i,s)})}},mr=(t,e,n)=>new Promise((i,r)=>{var s=o=>{try{l(n.next(o))}catch(u){r(u)}},a=o=>{try{l(n.throw(o))}catch(u){r(u)}},l=o=>o.done?i(o.value):Promise.resolve(o.value).then(s,a);l((n=n.apply(t,e)).next())}),ae=new _,an=class extends F{constructor(t){super(),this._attrPosition=new H(new Float32Array([0,0,0,0,0,0]),3),this._attrPosition.setUsage(ci);let e=new V;e.setAttribute("position",this._attrPosition);let n=new K({color:16711935,depthTest:!1,depthWrite:!1});this._line=new Ke(e,n),this.add(this._line),this.constraint=t}updateMatrixWorld(t){ae.setFromMatrixPosition(this.constraint.destination.matrixWorld),this._attrPosition.setXYZ(0,ae.x,ae.y,ae.z),this.constraint.source&&ae.setFromMatrixPosition(this.constraint.source.matrixWorld),this._attrPosition.setXYZ(1,ae.x,ae.y,ae.z),this._attrPosition.needsUpdate=!0,super.updateMatrixWorld(t)}};function gr(t,e){return e.set(t.elements[12],t.elements[13],t.elements[14])}var Ho=new _,Oo=new _;function No(t,e){return t.decompose(Ho,e,Oo),e}function lt(t){return t.invert?t.invert():t.inverse(),t}var Mn=class{constructor(t,e){this.destination=t,this.source=e,this.weight=1}},Co=new _,Uo=new _,Vo=new _,Bo=new w,Do=new w,Fo=new w,ko=class extends Mn{get aimAxis(){return this._aimAxis}set aimAxis(t){this._aimAxis=t,this._v3AimAxis.set(t==="PositiveX"?1:t==="NegativeX"?-1:0,t==="PositiveY"?1:t==="NegativeY"?-1:0,t==="PositiveZ"?1:t==="NegativeZ"?-1:0)}get dependencies(){let t=new Set([this.source]);return this.destination.parent&&t.add(this.destination.parent),t}constructor(t,e){super(t,e),this._aimAxis="PositiveX",this._v3AimAxis=new _(1,0,0),this._dstRestQuat=new w}setInitState(){this._dstRestQuat.copy(this.destination.quaternion)}update(){this.destination.updateWorldMatrix(!0,!1),this.source.updateWorldMatrix(!0,!1);let t=Bo.identity(),e=Do.identity();this.destination.parent&&(No(this.destination.parent.matrixWorld,t),lt(e.copy(t)));let n=Co.copy(this._v3AimAxis).applyQuaternion(this._dstRestQuat).applyQuaternion(t),i=gr(this.source.matrixWorld,Uo).sub(gr(this.destination.matrixWorld,Vo)).normalize(),r=Fo.setFromUnitVectors(n,i).premultiply(e).multiply(t).multiply(this._dstRestQuat);this.destination.quaternion.copy(this._dstRestQuat).slerp(r,this.weight)}};function Wo(t,e){let n=[t],i=t.parent;for(;i!==null;)n.unshift(i),i=i.parent;n.forEach(r=>{e(r)})}var zo=class{constructor(){this._constraints=new Set,this._objectConstraintsMap=new Map}get constraints(){return this._constraints}addConstraint(t){this._constraints.add(t);let e=this._objectConstraintsMap.get(t.destination);e==null&&(e=new Set,this._objectConstraintsMap.set(t.destination,e)),e.add(t)}deleteConstraint(t){this._constraints.delete(t),this._objectConstraintsMap.get(t.destination).delete(t)}setInitState(){let t=new Set,e=new Set;for(let n of this._constraints)this._processConstraint(n,t,e,i=>i.setInitState())}update(){let t=new Set,e=new Set;for(let n of this._constraints)this._processConstraint(n,t,e,i=>i.update())}_processConstraint(t,e,n,i){if(n.has(t))return;if(e.has(t))throw new Error("VRMNodeConstraintManager: Circular dependency detected while updating constraints");e.add(t);let r=t.dependencies;for(let s of r)Wo(s,a=>{let l=this._objectConstraintsMap.get(a);if(l)for(let o of l)this._processConstraint(o,e,n,i)});i(t),n.add(t)}},Go=new w,jo=new w,Xo=class extends Mn{get dependencies(){return new Set([this.source])}constructor(t,e){super(t,e),this._dstRestQuat=new w,this._invSrcRestQuat=new w}setInitState(){this._dstRestQuat.copy(this.destination.quaternion),lt(this._invSrcRestQuat.copy(this.source.quaternion))}update(){let t=Go.copy(this._invSrcRestQuat).multiply(this.source.quaternion),e=jo.copy(this._dstRestQuat).multiply(t);this.destination.quaternion.copy(this._dstRestQuat).slerp(e,this.weight)}},qo=new _,Yo=new w,Qo=new w,Ko=class extends Mn{get rollAxis(){return this._rollAxis}set rollAxis(t){this._rollAxis=t,this._v3RollAxis.set(t==="X"?1:0,t==="Y"?1:0,t==="Z"?1:0)}get dependencies(){return new Set([this.source])}constructor(t,e){super(t,e),this._rollAxis="X",this._v3RollAxis=new _(1,0,0),this._dstRestQuat=new w,this._invDstRestQuat=new w,this._invSrcRestQuatMulDstRestQuat=new w}setInitState(){this._dstRestQuat.copy(this.destination.quaternion),lt(this._invDstRestQuat.copy(this._dstRestQuat)),lt(this._invSrcRestQuatMulDstRestQuat.copy(this.source.quaternion)).multiply(this._dstRestQuat)}update(){let t=Yo.copy(this._invDstRestQuat).multiply(this.source.quaternion).multiply(this._invSrcRestQuatMulDstRestQuat),e=qo.copy(this._v3RollAxis).applyQuaternion(t),i=Qo.setFromUnitVectors(e,this._v3RollAxis).premultiply(this._dstRestQuat).multiply(t);this.destination.quaternion.copy(this._dstRestQuat).slerp(i,this.weight)}},Zo=new Set(["1.0","1.0-beta"]),Br=class ke{get name(){return ke.EXTENSION_NAME}constructor(e,n){this.parser=e,this.helperRoot=n?.helperRoot}afterRoot(e){return mr(this,null,function*(){e.userData.vrmNodeConstraintManager=yield this._import(e)})}_import(e){return mr(this,null,function*(){var n;let i=this.parser.json;if(!(((n=i.extensionsUsed)==null?void 0:n.indexOf(ke.EXTENSION_NAME))!==-1))return null;let s=new zo,a=yield this.parser.getDependencies("node");return a.forEach((l,o)=>{var u;let c=i.nodes[o],d=(u=c?.extensions)==null?void 0:u[ke.EXTENSION_NAME];if(d==null)return;let h=d.specVersion;if(!Zo.has(h)){console.warn(`VRMNodeConstraintLoaderPlugin: Unknown ${ke.EXTENSION_NAME} specVersion "${h}"`);return}let f=d.constraint;if(f.roll!=null){let p=this._importRollConstraint(l,a,f.roll);s.addConstraint(p)}else if(f.aim!=null){let p=this._importAimConstraint(l,a,f.aim);s.addConstraint(p)}else if(f.rotation!=null){let p=this._importRotationConstraint(l,a,f.rotation);s.addConstraint(p)}}),e.scene.updateMatrixWorld(),s.setInitState(),s})}_importRollConstraint(e,n,i){let{source:r,rollAxis:s,weight:a}=i,l=n[r],o=new Ko(e,l);if(s!=null&&(o.rollAxis=s),a!=null&&(o.weight=a),this.helperRoot){let u=new an(o);this.helperRoot.add(u)}return o}_importAimConstraint(e,n,i){let{source:r,aimAxis:s,weight:a}=i,l=n[r],o=new ko(e,l);if(s!=null&&(o.aimAxis=s),a!=null&&(o.weight=a),this.helperRoot){let u=new an(o);this.helperRoot.add(u)}return o}_importRotationConstraint(e,n,i){let{source:r,weight:s}=i,a=n[r],l=new Xo(e,a);if(s!=null&&(l.weight=s),this.helperRoot){let o=new an(l);this.helperRoot.add(o)}return l}};Br.EXTENSION_NAME="VRMC_node_constraint";var $o=Br,nt=(t,e,n)=>new Promise((i,r)=>{var s=o=>{try{l(n.next(o))}catch(u){r(u)}},a=o=>{try{l(n.throw(o))}catch(u){r(u)}},l=o=>o.done?i(o.value):Promise.resolve(o.value).then(s,a);l((n=n.apply(t,e)).next())}),Rn=class{},ln=new _,he=new _,Dr=class extends Rn{get type(){return"capsule"}constructor(t){var e,n,i,r;super(),this.offset=(e=t?.offset)!=null?e:new _(0,0,0),this.tail=(n=t?.tail)!=null?n:new _(0,0,0),this.radius=(i=t?.radius)!=null?i:0,this.inside=(r=t?.inside)!=null?r:!1}calculateCollision(t,e,n,i){ln.setFromMatrixPosition(t),he.subVectors(this.tail,this.offset).applyMatrix4(t),he.sub(ln);let r=he.lengthSq();i.copy(e).sub(ln);let s=he.dot(i);s<=0||(r<=s||he.multiplyScalar(s/r),i.sub(he));let a=i.length(),l=this.inside?this.radius-n-a:a-n-this.radius;return l<0&&(i.multiplyScalar(1/a),this.inside&&i.negate()),l}},un=new _,_r=new W,Fr=class extends Rn{get type(){return"plane"}constructor(t){var e,n;super(),this.offset=(e=t?.offset)!=null?e:new _(0,0,0),this.normal=(n=t?.normal)!=null?n:new _(0,0,1)}calculateCollision(t,e,n,i){i.setFromMatrixPosition(t),i.negate().add(e),_r.getNormalMatrix(t),un.copy(this.normal).applyNormalMatrix(_r).normalize();let r=i.dot(un)-n;return i.copy(un),r}},Jo=new _,kr=class extends Rn{get type(){return"sphere"}constructor(t){var e,n,i;super(),this.offset=(e=t?.offset)!=null?e:new _(0,0,0),this.radius=(n=t?.radius)!=null?n:0,this.inside=(i=t?.inside)!=null?i:!1}calculateCollision(t,e,n,i){i.subVectors(e,Jo.setFromMatrixPosition(t));let r=i.length(),s=this.inside?this.radius-n-r:r-n-this.radius;return s<0&&(i.multiplyScalar(1/r),this.inside&&i.negate()),s}},ee=new _,ea=class extends V{constructor(t){super(),this.worldScale=1,this._currentRadius=0,this._currentOffset=new _,this._currentTail=new _,this._shape=t,this._attrPos=new H(new Float32Array(396),3),this.setAttribute("position",this._attrPos),this._attrIndex=new H(new Uint16Array(264),1),this.setIndex(this._attrIndex),this._buildIndex(),this.update()}update(){let t=!1,e=this._shape.radius/this.worldScale;this._currentRadius!==e&&(this._currentRadius=e,t=!0),this._currentOffset.equals(this._shape.offset)||(this._currentOffset.copy(this._shape.offset),t=!0);let n=ee.copy(this._shape.tail).divideScalar(this.worldScale);this._currentTail.distanceToSquared(n)>1e-10&&(this._currentTail.copy(n),t=!0),t&&this._buildPosition()}_buildPosition(){ee.copy(this._currentTail).sub(this._currentOffset);let t=ee.length()/this._currentRadius;for(let i=0;i<=16;i++){let r=i/16*Math.PI;this._attrPos.setXYZ(i,-Math.sin(r),-Math.cos(r),0),this._attrPos.setXYZ(17+i,t+Math.sin(r),Math.cos(r),0),this._attrPos.setXYZ(34+i,-Math.sin(r),0,-Math.cos(r)),this._attrPos.setXYZ(51+i,t+Math.sin(r),0,Math.cos(r))}for(let i=0;i<32;i++){let r=i/16*Math.PI;this._attrPos.setXYZ(68+i,0,Math.sin(r),Math.cos(r)),this._attrPos.setXYZ(100+i,t,Math.sin(r),Math.cos(r))}let e=Math.atan2(ee.y,Math.sqrt(ee.x*ee.x+ee.z*ee.z)),n=-Math.atan2(ee.z,ee.x);this.rotateZ(e),this.rotateY(n),this.scale(this._currentRadius,this._currentRadius,this._currentRadius),this.translate(this._currentOffset.x,this._currentOffset.y,this._currentOffset.z),this._attrPos.needsUpdate=!0}_buildIndex(){for(let t=0;t<34;t++){let e=(t+1)%34;this._attrIndex.setXY(t*2,t,e),this._attrIndex.setXY(68+t*2,34+t,34+e)}for(let t=0;t<32;t++){let e=(t+1)%32;this._attrIndex.setXY(136+t*2,68+t,68+e),this._attrIndex.setXY(200+t*2,100+t,100+e)}this._attrIndex.needsUpdate=!0}},ta=class extends V{constructor(t){super(),this.worldScale=1,this._currentOffset=new _,this._currentNormal=new _,this._shape=t,this._attrPos=new H(new Float32Array(18),3),this.setAttribute("position",this._attrPos),this._attrIndex=new H(new Uint16Array(10),1),this.setIndex(this._attrIndex),this._buildIndex(),this.update()}update(){let t=!1;this._currentOffset.equals(this._shape.offset)||(this._currentOffset.copy(this._shape.offset),t=!0),this._currentNormal.equals(this._shape.normal)||(this._currentNormal.copy(this._shape.normal),t=!0),t&&this._buildPosition()}_buildPosition(){this._attrPos.setXYZ(0,-.5,-.5,0),this._attrPos.setXYZ(1,.5,-.5,0),this._attrPos.setXYZ(2,.5,.5,0),this._attrPos.setXYZ(3,-.5,.5,0),this._attrPos.setXYZ(4,0,0,0),this._attrPos.setXYZ(5,0,0,.25),this.translate(this._currentOffset.x,this._currentOffset.y,this._currentOffset.z),this.lookAt(this._currentNormal),this._attrPos.needsUpdate=!0}_buildIndex(){this._attrIndex.setXY(0,0,1),this._attrIndex.setXY(2,1,2),this._attrIndex.setXY(4,2,3),this._attrIndex.setXY(6,3,0),this._attrIndex.setXY(8,4,5),this._attrIndex.needsUpdate=!0}},na=class extends V{constructor(t){super(),this.worldScale=1,this._currentRadius=0,this._currentOffset=new _,this._shape=t,this._attrPos=new H(new Float32Array(288),3),this.setAttribute("position",this._attrPos),this._attrIndex=new H(new Uint16Array(192),1),this.setIndex(this._attrIndex),this._buildIndex(),this.update()}update(){let t=!1,e=this._shape.radius/this.worldScale;this._currentRadius!==e&&(this._currentRadius=e,t=!0),this._currentOffset.equals(this._shape.offset)||(this._currentOffset.copy(this._shape.offset),t=!0),t&&this._buildPosition()}_buildPosition(){for(let t=0;t<32;t++){let e=t/16*Math.PI;this._attrPos.setXYZ(t,Math.cos(e),Math.sin(e),0),this._attrPos.setXYZ(32+t,0,Math.cos(e),Math.sin(e)),this._attrPos.setXYZ(64+t,Math.sin(e),0,Math.cos(e))}this.scale(this._currentRadius,this._currentRadius,this._currentRadius),this.translate(this._currentOffset.x,this._currentOffset.y,this._currentOffset.z),this._attrPos.needsUpdate=!0}_buildIndex(){for(let t=0;t<32;t++){let e=(t+1)%32;this._attrIndex.setXY(t*2,t,e),this._attrIndex.setXY(64+t*2,32+t,32+e),this._attrIndex.setXY(128+t*2,64+t,64+e)}this._attrIndex.needsUpdate=!0}},ia=new _,cn=class extends F{constructor(t){if(super(),this.matrixAutoUpdate=!1,this.collider=t,this.collider.shape instanceof kr)this._geometry=new na(this.collider.shape);else if(this.collider.shape instanceof Dr)this._geometry=new ea(this.collider.shape);else if(this.collider.shape instanceof Fr)this._geometry=new ta(this.collider.shape);else throw new Error("VRMSpringBoneColliderHelper: Unknown collider shape type detected");let e=new K({color:16711935,depthTest:!1,depthWrite:!1});this._line=new se(this._geometry,e),this.add(this._line)}dispose(){this._geometry.dispose()}updateMatrixWorld(t){this.collider.updateWorldMatrix(!0,!1),this.matrix.copy(this.collider.matrixWorld);let e=this.matrix.elements;this._geometry.worldScale=ia.set(e[0],e[1],e[2]).length(),this._geometry.update(),super.updateMatrixWorld(t)}},ra=class extends V{constructor(t){super(),this.worldScale=1,this._currentRadius=0,this._currentTail=new _,this._springBone=t,this._attrPos=new H(new Float32Array(294),3),this.setAttribute("position",this._attrPos),this._attrIndex=new H(new Uint16Array(194),1),this.setIndex(this._attrIndex),this._buildIndex(),this.update()}update(){let t=!1,e=this._springBone.settings.hitRadius/this.worldScale;this._currentRadius!==e&&(this._currentRadius=e,t=!0),this._currentTail.equals(this._springBone.initialLocalChildPosition)||(this._currentTail.copy(this._springBone.initialLocalChildPosition),t=!0),t&&this._buildPosition()}_buildPosition(){for(let t=0;t<32;t++){let e=t/16*Math.PI;this._attrPos.setXYZ(t,Math.cos(e),Math.sin(e),0),this._attrPos.setXYZ(32+t,0,Math.cos(e),Math.sin(e)),this._attrPos.setXYZ(64+t,Math.sin(e),0,Math.cos(e))}this.scale(this._currentRadius,this._currentRadius,this._currentRadius),this.translate(this._currentTail.x,this._currentTail.y,this._currentTail.z),this._attrPos.setXYZ(96,0,0,0),this._attrPos.setXYZ(97,this._currentTail.x,this._currentTail.y,this._currentTail.z),this._attrPos.needsUpdate=!0}_buildIndex(){for(let t=0;t<32;t++){let e=(t+1)%32;this._attrIndex.setXY(t*2,t,e),this._attrIndex.setXY(64+t*2,32+t,32+e),this._attrIndex.setXY(128+t*2,64+t,64+e)}this._attrIndex.setXY(192,96,97),this._attrIndex.needsUpdate=!0}},sa=new _,oa=class extends F{constructor(t){super(),this.matrixAutoUpdate=!1,this.springBone=t,this._geometry=new ra(this.springBone);let e=new K({color:16776960,depthTest:!1,depthWrite:!1});this._line=new se(this._geometry,e),this.add(this._line)}dispose(){this._geometry.dispose()}updateMatrixWorld(t){this.springBone.bone.updateWorldMatrix(!0,!1),this.matrix.copy(this.springBone.bone.matrixWorld);let e=this.matrix.elements;this._geometry.worldScale=sa.set(e[0],e[1],e[2]).length(),this._geometry.update(),super.updateMatrixWorld(t)}},dn=class extends Q{constructor(t){super(),this.colliderMatrix=new B,this.shape=t}updateWorldMatrix(t,e){super.updateWorldMatrix(t,e),aa(this.colliderMatrix,this.matrixWorld,this.shape.offset)}};function aa(t,e,n){let i=e.elements;t.copy(e),n&&(t.elements[12]=i[0]*n.x+i[4]*n.y+i[8]*n.z+i[12],t.elements[13]=i[1]*n.x+i[5]*n.y+i[9]*n.z+i[13],t.elements[14]=i[2]*n.x+i[6]*n.y+i[10]*n.z+i[14])}var la=new B;function ua(t){return t.invert?t.invert():t.getInverse(la.copy(t)),t}var ca=class{constructor(t){this._inverseCache=new B,this._shouldUpdateInverse=!0,this.matrix=t;let e={set:(n,i,r)=>(this._shouldUpdateInverse=!0,n[i]=r,!0)};this._originalElements=t.elements,t.elements=new Proxy(t.elements,e)}get inverse(){return this._shouldUpdateInverse&&(ua(this._inverseCache.copy(this.matrix)),this._shouldUpdateInverse=!1),this._inverseCache}revert(){this.matrix.elements=this._originalElements}},hn=new B,we=new _,Be=new _,De=new _,Fe=new _,da=new B,ha=class{constructor(t,e,n={},i=[]){this._currentTail=new _,this._prevTail=new _,this._boneAxis=new _,this._worldSpaceBoneLength=0,this._center=null,this._initialLocalMatrix=new B,this._initialLocalRotation=new w,this._initialLocalChildPosition=new _;var r,s,a,l,o,u;this.bone=t,this.bone.matrixAutoUpdate=!1,this.child=e,this.settings={hitRadius:(r=n.hitRadius)!=null?r:0,stiffness:(s=n.stiffness)!=null?s:1,gravityPower:(a=n.gravityPower)!=null?a:0,gravityDir:(o=(l=n.gravityDir)==null?void 0:l.clone())!=null?o:new _(0,-1,0),dragForce:(u=n.dragForce)!=null?u:.4},this.colliderGroups=i}get dependencies(){let t=new Set,e=this.bone.parent;e&&t.add(e);for(let n=0;n<this.colliderGroups.length;n++)for(let i=0;i<this.colliderGroups[n].colliders.length;i++)t.add(this.colliderGroups[n].colliders[i]);return t}get center(){return this._center}set center(t){var e;(e=this._center)!=null&&e.userData.inverseCacheProxy&&(this._center.userData.inverseCacheProxy.revert(),delete this._center.userData.inverseCacheProxy),this._center=t,this._center&&(this._center.userData.inverseCacheProxy||(this._center.userData.inverseCacheProxy=new ca(this._center.matrixWorld)))}get initialLocalChildPosition(){return this._initialLocalChildPosition}get _parentMatrixWorld(){return this.bone.parent?this.bone.parent.matrixWorld:hn}setInitState(){this._initialLocalMatrix.copy(this.bone.matrix),this._initialLocalRotation.copy(this.bone.quaternion),this.child?this._initialLocalChildPosition.copy(this.child.position):this._initialLocalChildPosition.copy(this.bone.position).normalize().multiplyScalar(.07);let t=this._getMatrixWorldToCenter();this.bone.localToWorld(this._currentTail.copy(this._initialLocalChildPosition)).applyMatrix4(t),this._prevTail.copy(this._currentTail),this._boneAxis.copy(this._initialLocalChildPosition).normalize()}reset(){this.bone.quaternion.copy(this._initialLocalRotation),this.bone.updateMatrix(),this.bone.matrixWorld.multiplyMatrices(this._parentMatrixWorld,this.bone.matrix);let t=this._getMatrixWorldToCenter();this.bone.localToWorld(this._currentTail.copy(this._initialLocalChildPosition)).applyMatrix4(t),this._prevTail.copy(this._currentTail)}update(t){if(t<=0)return;this._calcWorldSpaceBoneLength();let e=Be.copy(this._boneAxis).transformDirection(this._initialLocalMatrix).transformDirection(this._parentMatrixWorld);Fe.copy(this._currentTail).add(we.subVectors(this._currentTail,this._prevTail).multiplyScalar(1-this.settings.dragForce)).applyMatrix4(this._getMatrixCenterToWorld()).addScaledVector(e,this.settings.stiffness*t).addScaledVector(this.settings.gravityDir,this.settings.gravityPower*t),De.setFromMatrixPosition(this.bone.matrixWorld),Fe.sub(De).normalize().multiplyScalar(this._worldSpaceBoneLength).add(De),this._collision(Fe),this._prevTail.copy(this._currentTail),this._currentTail.copy(Fe).applyMatrix4(this._getMatrixWorldToCenter());let n=da.multiplyMatrices(this._parentMatrixWorld,this._initialLocalMatrix).invert();this.bone.quaternion.setFromUnitVectors(this._boneAxis,we.copy(Fe).applyMatrix4(n).normalize()).premultiply(this._initialLocalRotation),this.bone.updateMatrix(),this.bone.matrixWorld.multiplyMatrices(this._parentMatrixWorld,this.bone.matrix)}_collision(t){for(let e=0;e<this.colliderGroups.length;e++)for(let n=0;n<this.colliderGroups[e].colliders.length;n++){let i=this.colliderGroups[e].colliders[n],r=i.shape.calculateCollision(i.colliderMatrix,t,this.settings.hitRadius,we);if(r<0){t.addScaledVector(we,-r),t.sub(De);let s=t.length();t.multiplyScalar(this._worldSpaceBoneLength/s).add(De)}}}_calcWorldSpaceBoneLength(){we.setFromMatrixPosition(this.bone.matrixWorld),this.child?Be.setFromMatrixPosition(this.child.matrixWorld):(Be.copy(this._initialLocalChildPosition),Be.applyMatrix4(this.bone.matrixWorld)),this._worldSpaceBoneLength=we.sub(Be).length()}_getMatrixCenterToWorld(){return this._center?this._center.matrixWorld:hn}_getMatrixWorldToCenter(){return this._center?this._center.userData.inverseCacheProxy.inverse:hn}};function fa(t,e){let n=[],i=t;for(;i!==null;)n.unshift(i),i=i.parent;n.forEach(r=>{e(r)})}function En(t,e){t.children.forEach(n=>{e(n)||En(n,e)})}function pa(t){var e;let n=new Map;for(let i of t){let r=i;do{let s=((e=n.get(r))!=null?e:0)+1;if(s===t.size)return r;n.set(r,s),r=r.parent}while(r!==null)}return null}var vr=class{constructor(){this._joints=new Set,this._sortedJoints=[],this._hasWarnedCircularDependency=!1,this._ancestors=[],this._objectSpringBonesMap=new Map,this._isSortedJointsDirty=!1,this._relevantChildrenUpdated=this._relevantChildrenUpdated.bind(this)}get joints(){return this._joints}get springBones(){return console.warn("VRMSpringBoneManager: springBones is deprecated. use joints instead."),this._joints}get colliderGroups(){let t=new Set;return this._joints.forEach(e=>{e.colliderGroups.forEach(n=>{t.add(n)})}),Array.from(t)}get colliders(){let t=new Set;return this.colliderGroups.forEach(e=>{e.colliders.forEach(n=>{t.add(n)})}),Array.from(t)}addJoint(t){this._joints.add(t);let e=this._objectSpringBonesMap.get(t.bone);e==null&&(e=new Set,this._objectSpringBonesMap.set(t.bone,e)),e.add(t),this._isSortedJointsDirty=!0}addSpringBone(t){console.warn("VRMSpringBoneManager: addSpringBone() is deprecated. use addJoint() instead."),this.addJoint(t)}deleteJoint(t){this._joints.delete(t),this._objectSpringBonesMap.get(t.bone).delete(t),this._isSortedJointsDirty=!0}deleteSpringBone(t){console.warn("VRMSpringBoneManager: deleteSpringBone() is deprecated. use deleteJoint() instead."),this.deleteJoint(t)}setInitState(){this._sortJoints();for(let t=0;t<this._sortedJoints.length;t++){let e=this._sortedJoints[t];e.bone.updateMatrix(),e.bone.updateWorldMatrix(!1,!1),e.setInitState()}}reset(){this._sortJoints();for(let t=0;t<this._sortedJoints.length;t++){let e=this._sortedJoints[t];e.bone.updateMatrix(),e.bone.updateWorldMatrix(!1,!1),e.reset()}}update(t){this._sortJoints();for(let e=0;e<this._ancestors.length;e++)this._ancestors[e].updateWorldMatrix(e===0,!1);for(let e=0;e<this._sortedJoints.length;e++){let n=this._sortedJoints[e];n.bone.updateMatrix(),n.bone.updateWorldMatrix(!1,!1),n.update(t),En(n.bone,this._relevantChildrenUpdated)}}_sortJoints(){if(!this._isSortedJointsDirty)return;let t=[],e=new Set,n=new Set,i=new Set;for(let s of this._joints)this._insertJointSort(s,e,n,t,i);this._sortedJoints=t;let r=pa(i);this._ancestors=[],r&&(this._ancestors.push(r),En(r,s=>{var a,l;return((l=(a=this._objectSpringBonesMap.get(s))==null?void 0:a.size)!=null?l:0)>0?!0:(this._ancestors.push(s),!1)})),this._isSortedJointsDirty=!1}_insertJointSort(t,e,n,i,r){if(n.has(t))return;if(e.has(t)){this._hasWarnedCircularDependency||(console.warn("VRMSpringBoneManager: Circular dependency detected"),this._hasWarnedCircularDependency=!0);return}e.add(t);let s=t.dependencies;for(let a of s){let l=!1,o=null;fa(a,u=>{let c=this._objectSpringBonesMap.get(u);if(c)for(let d of c)l=!0,this._insertJointSort(d,e,n,i,r);else l||(o=u)}),o&&r.add(o)}i.push(t),n.add(t)}_relevantChildrenUpdated(t){var e,n;return((n=(e=this._objectSpringBonesMap.get(t))==null?void 0:e.size)!=null?n:0)>0?!0:(t.updateWorldMatrix(!1,!1),!1)}},Er="VRMC_springBone_extended_collider",ma=new Set(["1.0","1.0-beta"]),ga=new Set(["1.0"]),Wr=class Se{get name(){return Se.EXTENSION_NAME}constructor(e,n){var i;this.parser=e,this.jointHelperRoot=n?.jointHelperRoot,this.colliderHelperRoot=n?.colliderHelperRoot,this.useExtendedColliders=(i=n?.useExtendedColliders)!=null?i:!0}afterRoot(e){return nt(this,null,function*(){e.userData.vrmSpringBoneManager=yield this._import(e)})}_import(e){return nt(this,null,function*(){let n=yield this._v1Import(e);if(n!=null)return n;let i=yield this._v0Import(e);return i??null})}_v1Import(e){return nt(this,null,function*(){var n,i,r,s,a;let l=e.parser.json;if(!(((n=l.extensionsUsed)==null?void 0:n.indexOf(Se.EXTENSION_NAME))!==-1))return null;let u=new vr,c=yield e.parser.getDependencies("node"),d=(i=l.extensions)==null?void 0:i[Se.EXTENSION_NAME];if(!d)return null;let h=d.specVersion;if(!ma.has(h))return console.warn(`VRMSpringBoneLoaderPlugin: Unknown ${Se.EXTENSION_NAME} specVersion "${h}"`),null;let f=(r=d.colliders)==null?void 0:r.map((m,g)=>{var v,x,M,E,T,y,R,A,N,L,O,D,ie,be,Pe;let te=c[m.node];if(te==null)return console.warn(`VRMSpringBoneLoaderPlugin: The collider #${g} attempted to reference a node #${m.node} but not found. Skipping the collider`),null;let X=m.shape,me=(v=m.extensions)==null?void 0:v[Er];if(this.useExtendedColliders&&me!=null){let Le=me.specVersion;if(!ga.has(Le))console.warn(`VRMSpringBoneLoaderPlugin: Unknown ${Er} specVersion "${Le}". Fallbacking to the ${Se.EXTENSION_NAME} definition`);else{let k=me.shape;if(k.sphere)return this._importSphereCollider(te,{offset:new _().fromArray((x=k.sphere.offset)!=null?x:[0,0,0]),radius:(M=k.sphere.radius)!=null?M:0,inside:(E=k.sphere.inside)!=null?E:!1});if(k.capsule)return this._importCapsuleCollider(te,{offset:new _().fromArray((T=k.capsule.offset)!=null?T:[0,0,0]),radius:(y=k.capsule.radius)!=null?y:0,tail:new _().fromArray((R=k.capsule.tail)!=null?R:[0,0,0]),inside:(A=k.capsule.inside)!=null?A:!1});if(k.plane)return this._importPlaneCollider(te,{offset:new _().fromArray((N=k.plane.offset)!=null?N:[0,0,0]),normal:new _().fromArray((L=k.plane.normal)!=null?L:[0,0,1])})}}if(X.sphere)return this._importSphereCollider(te,{offset:new _().fromArray((O=X.sphere.offset)!=null?O:[0,0,0]),radius:(D=X.sphere.radius)!=null?D:0,inside:!1});if(X.capsule)return this._importCapsuleCollider(te,{offset:new _().fromArray((ie=X.capsule.offset)!=null?ie:[0,0,0]),radius:(be=X.capsule.radius)!=null?be:0,tail:new _().fromArray((Pe=X.capsule.tail)!=null?Pe:[0,0,0]),inside:!1});console.warn(`VRMSpringBoneLoaderPlugin: The collider #${g} has no valid shape. Skipping the collider`)}),p=(s=d.colliderGroups)==null?void 0:s.map((m,g)=>{var v;return{colliders:((v=m.colliders)!=null?v:[]).map(M=>{let E=f?.[M];return E??(console.warn(`VRMSpringBoneLoaderPlugin: The collider group #${g} attempted to reference a collider #${M} but not found. Skipping the collider`),null)}).filter(M=>M!=null),name:m.name}});return(a=d.springs)==null||a.forEach((m,g)=>{var v;let x=m.joints,M=(v=m.colliderGroups)==null?void 0:v.map(y=>{let R=p?.[y];return R??(console.warn(`VRMSpringBoneLoaderPlugin: The spring #${g} attempted to reference a collider group #${y} but not found. Skipping the collider group`),null)}).filter(y=>y!=null),E=m.center!=null?c[m.center]:void 0,T;x.forEach(y=>{if(T){let R=T.node,A=c[R],N=y.node,L=c[N],O={hitRadius:T.hitRadius,dragForce:T.dragForce,gravityPower:T.gravityPower,stiffness:T.stiffness,gravityDir:T.gravityDir!=null?new _().fromArray(T.gravityDir):void 0},D=this._importJoint(A,L,O,M);E&&(D.center=E),u.addJoint(D)}T=y})}),u.setInitState(),u})}_v0Import(e){return nt(this,null,function*(){var n,i,r;let s=e.parser.json;if(!(((n=s.extensionsUsed)==null?void 0:n.indexOf("VRM"))!==-1))return null;let l=(i=s.extensions)==null?void 0:i.VRM,o=l?.secondaryAnimation;if(!o)return null;let u=o?.boneGroups;if(!u)return null;let c=new vr,d=yield e.parser.getDependencies("node"),h=(r=o.colliderGroups)==null?void 0:r.map((f,p)=>{var m;let g=d[f.node];return g==null?(console.warn(`VRMSpringBoneLoaderPlugin: The collider group #${p} attempted to reference a node #${f.node} but not found. Skipping the collider group`),null):{colliders:((m=f.colliders)!=null?m:[]).map((x,M)=>{var E,T,y;let R=new _(0,0,0);return x.offset&&R.set((E=x.offset.x)!=null?E:0,(T=x.offset.y)!=null?T:0,x.offset.z?-x.offset.z:0),this._importSphereCollider(g,{offset:R,radius:(y=x.radius)!=null?y:0,inside:!1})})}});return u?.forEach((f,p)=>{let m=f.bones;m&&m.forEach(g=>{var v,x,M,E;let T=d[g];if(T==null){console.warn(`VRMSpringBoneLoaderPlugin: The spring bone group #${p} attempted to reference a node #${g} but not found. Skipping the node`);return}let y=new _;f.gravityDir?y.set((v=f.gravityDir.x)!=null?v:0,(x=f.gravityDir.y)!=null?x:0,(M=f.gravityDir.z)!=null?M:0):y.set(0,-1,0);let R=f.center!=null?d[f.center]:void 0,A={hitRadius:f.hitRadius,dragForce:f.dragForce,gravityPower:f.gravityPower,stiffness:f.stiffiness,gravityDir:y},N=(E=f.colliderGroups)==null?void 0:E.map(L=>{let O=h?.[L];return O??(console.warn(`VRMSpringBoneLoaderPlugin: The spring #${p} attempted to reference a collider group #${L} but not found. Skipping the collider group`),null)}).filter(L=>L!=null);T.traverse(L=>{var O;let D=(O=L.children[0])!=null?O:null,ie=this._importJoint(L,D,A,N);R&&(ie.center=R),c.addJoint(ie)})})}),e.scene.updateMatrixWorld(),c.setInitState(),c})}_importJoint(e,n,i,r){let s=new ha(e,n,i,r);if(this.jointHelperRoot){let a=new oa(s);this.jointHelperRoot.add(a),a.renderOrder=this.jointHelperRoot.renderOrder}return s}_importSphereCollider(e,n){let i=new kr(n),r=new dn(i);if(e.add(r),this.colliderHelperRoot){let s=new cn(r);this.colliderHelperRoot.add(s),s.renderOrder=this.colliderHelperRoot.renderOrder}return r}_importCapsuleCollider(e,n){let i=new Dr(n),r=new dn(i);if(e.add(r),this.colliderHelperRoot){let s=new cn(r);this.colliderHelperRoot.add(s),s.renderOrder=this.colliderHelperRoot.renderOrder}return r}_importPlaneCollider(e,n){let i=new Fr(n),r=new dn(i);if(e.add(r),this.colliderHelperRoot){let s=new cn(r);this.colliderHelperRoot.add(s),s.renderOrder=this.colliderHelperRoot.renderOrder}return r}};Wr.EXTENSION_NAME="VRMC_springBone";var _a=Wr,va=class{get name(){return"VRMLoaderPlugin"}constructor(t,e){var n,i,r,s,a,l,o,u,c,d;this.parser=t;let h=e?.helperRoot,f=e?.autoUpdateHumanBones;this.expressionPlugin=(n=e?.expressionPlugin)!=null?n:new Os(t),this.firstPersonPlugin=(i=e?.firstPersonPlugin)!=null?i:new Cs(t),this.humanoidPlugin=(r=e?.humanoidPlugin)!=null?r:new Ws(t,{helperRoot:h,autoUpdateHumanBones:f}),this.lookAtPlugin=(s=e?.lookAtPlugin)!=null?s:new io(t,{helperRoot:h}),this.metaPlugin=(a=e?.metaPlugin)!=null?a:new oo(t),this.mtoonMaterialPlugin=(l=e?.mtoonMaterialPlugin)!=null?l:new Ro(t),this.materialsHDREmissiveMultiplierPlugin=(o=e?.materialsHDREmissiveMultiplierPlugin)!=null?o:new yo(t),this.materialsV0CompatPlugin=(u=e?.materialsV0CompatPlugin)!=null?u:new Io(t),this.springBonePlugin=(c=e?.springBonePlugin)!=null?c:new _a(t,{colliderHelperRoot:h,jointHelperRoot:h}),this.nodeConstraintPlugin=(d=e?.nodeConstraintPlugin)!=null?d:new $o(t,{helperRoot:h})}beforeRoot(){return Je(this,null,function*(){yield this.materialsV0CompatPlugin.beforeRoot(),yield this.mtoonMaterialPlugin.beforeRoot()})}loadMesh(t){return Je(this,null,function*(){return yield this.mtoonMaterialPlugin.loadMesh(t)})}getMaterialType(t){let e=this.mtoonMaterialPlugin.getMaterialType(t);return e??null}extendMaterialParams(t,e){return Je(this,null,function*(){yield this.materialsHDREmissiveMultiplierPlugin.extendMaterialParams(t,e),yield this.mtoonMaterialPlugin.extendMaterialParams(t,e)})}afterRoot(t){return Je(this,null,function*(){yield this.metaPlugin.afterRoot(t),yield this.humanoidPlugin.afterRoot(t),yield this.expressionPlugin.afterRoot(t),yield this.lookAtPlugin.afterRoot(t),yield this.firstPersonPlugin.afterRoot(t),yield this.springBonePlugin.afterRoot(t),yield this.nodeConstraintPlugin.afterRoot(t),yield this.mtoonMaterialPlugin.afterRoot(t);let e=t.userData.vrmMeta,n=t.userData.vrmHumanoid;if(e&&n){let i=new lo({scene:t.scene,expressionManager:t.userData.vrmExpressionManager,firstPerson:t.userData.vrmFirstPerson,humanoid:n,lookAt:t.userData.vrmLookAt,meta:e,materials:t.userData.vrmMToonMaterials,springBoneManager:t.userData.vrmSpringBoneManager,nodeConstraintManager:t.userData.vrmNodeConstraintManager});t.userData.vrm=i}})}};function Ea(t){let e=new Set;return t.traverse(n=>{if(!n.isMesh)return;let i=n;e.add(i)}),e}function Tr(t,e,n){if(e.size===1){let a=e.values().next().value;if(a.weight===1)return t[a.index]}let i=new Float32Array(t[0].count*3),r=0;if(n)r=1;else for(let a of e)r+=a.weight;for(let a of e){let l=t[a.index],o=a.weight/r;for(let u=0;u<l.count;u++)i[u*3+0]+=l.getX(u)*o,i[u*3+1]+=l.getY(u)*o,i[u*3+2]+=l.getZ(u)*o}return new H(i,3)}function Ta(t){var e;let n=Ea(t.scene),i=new Map,r=(e=t.expressionManager)==null?void 0:e.expressionMap;if(r!=null)for(let[s,a]of Object.entries(r)){let l=new Set;for(let o of a.binds)if(o instanceof at){if(o.weight!==0)for(let u of o.primitives){let c=i.get(u);c==null&&(c=new Map,i.set(u,c));let d=c.get(s);d==null&&(d=new Set,c.set(s,d)),d.add(o)}l.add(o)}for(let o of l)a.deleteBind(o)}for(let s of n){let a=i.get(s);if(a==null)continue;let l=s.geometry.morphAttributes;s.geometry.morphAttributes={};let o=s.geometry.clone();s.geometry=o;let u=o.morphTargetsRelative,c=l.position!=null,d=l.normal!=null,h={},f={},p=[];if(c||d){c&&(h.position=[]),d&&(h.normal=[]);let m=0;for(let[g,v]of a)c&&(h.position[m]=Tr(l.position,v,u)),d&&(h.normal[m]=Tr(l.normal,v,u)),r?.[g].addBind(new at({index:m,weight:1,primitives:[s]})),f[g]=m,p.push(0),m++}o.morphAttributes=h,s.morphTargetDictionary=f,s.morphTargetInfluences=p}}function ut(t,e,n){if(t.getComponent)return t.getComponent(e,n);{let i=t.array[e*t.itemSize+n];return t.normalized&&(i=I.denormalize(i,t.array)),i}}function zr(t,e,n,i){t.setComponent?t.setComponent(e,n,i):(t.normalized&&(i=I.normalize(i,t.array)),t.array[e*t.itemSize+n]=i)}function Ma(t){var e;let n=Ra(t),i=new Set;for(let d of n)i.has(d.geometry)&&(d.geometry=ba(d.geometry)),i.add(d.geometry);let r=new Map;for(let d of i){let h=d.getAttribute("skinIndex"),f=(e=r.get(h))!=null?e:new Map;r.set(h,f);let p=d.getAttribute("skinWeight"),m=xa(h,p);f.set(p,m)}let s=new Map;for(let d of n){let h=ya(d,r);s.set(d,h)}let a=[];for(let[d,h]of s){let f=!1;for(let p of a)if(wa(h,p.boneInverseMap)){f=!0,p.meshes.add(d);for(let[g,v]of h)p.boneInverseMap.set(g,v);break}f||a.push({boneInverseMap:h,meshes:new Set([d])})}let l=new Map,o=new fn,u=new fn,c=new fn;for(let d of a){let{boneInverseMap:h,meshes:f}=d,p=Array.from(h.keys()),m=Array.from(h.values()),g=new re(p,m),v=u.getOrCreate(g);for(let x of f){let M=x.geometry.getAttribute("skinIndex"),E=o.getOrCreate(M),T=x.skeleton.bones,y=T.map(N=>c.getOrCreate(N)).join(","),R=`${E};${v};${y}`,A=l.get(R);A==null&&(A=M.clone(),Aa(A,T,p),l.set(R,A)),x.geometry.setAttribute("skinIndex",A)}for(let x of f)x.bind(g,new B)}}function Ra(t){let e=new Set;return t.traverse(n=>{if(!n.isSkinnedMesh)return;let i=n;e.add(i)}),e}function xa(t,e){let n=new Set;for(let i=0;i<t.count;i++)for(let r=0;r<t.itemSize;r++){let s=ut(t,i,r);ut(e,i,r)!==0&&n.add(s)}return n}function ya(t,e){let n=new Map,i=t.skeleton,r=t.geometry,s=r.getAttribute("skinIndex"),a=r.getAttribute("skinWeight"),l=e.get(s),o=l?.get(a);if(!o)throw new Error("Unreachable. attributeUsedIndexSetMap does not know the skin index attribute or the skin weight attribute.");for(let u of o)n.set(i.bones[u],i.boneInverses[u]);return n}function wa(t,e){for(let[n,i]of t.entries()){let r=e.get(n);if(r!=null&&!Sa(i,r))return!1}return!0}function Aa(t,e,n){let i=new Map;for(let s of e)i.set(s,i.size);let r=new Map;for(let[s,a]of n.entries()){let l=i.get(a);r.set(l,s)}for(let s=0;s<t.count;s++)for(let a=0;a<t.itemSize;a++){let l=ut(t,s,a),o=r.get(l);zr(t,s,a,o)}t.needsUpdate=!0}function Sa(t,e,n){if(n=n||1e-4,t.elements.length!=e.elements.length)return!1;for(let i=0,r=t.elements.length;i<r;i++)if(Math.abs(t.elements[i]-e.elements[i])>n)return!1;return!0}var fn=class{constructor(){this._objectIndexMap=new Map,this._index=0}get(t){return this._objectIndexMap.get(t)}getOrCreate(t){let e=this._objectIndexMap.get(t);return e==null&&(e=this._index,this._objectIndexMap.set(t,e),this._index++),e}};function ba(t){var e,n,i,r;let s=new V;s.name=t.name,s.setIndex(t.index);for(let[a,l]of Object.entries(t.attributes))s.setAttribute(a,l);for(let[a,l]of Object.entries(t.morphAttributes)){let o=a;s.morphAttributes[o]=l.concat()}s.morphTargetsRelative=t.morphTargetsRelative,s.groups=[];for(let a of t.groups)s.addGroup(a.start,a.count,a.materialIndex);return s.boundingSphere=(n=(e=t.boundingSphere)==null?void 0:e.clone())!=null?n:null,s.boundingBox=(r=(i=t.boundingBox)==null?void 0:i.clone())!=null?r:null,s.drawRange.start=t.drawRange.start,s.drawRange.count=t.drawRange.count,s.userData=t.userData,s}function Mr(t){if(Object.values(t).forEach(e=>{e?.isTexture&&e.dispose()}),t.isShaderMaterial){let e=t.uniforms;e&&Object.values(e).forEach(n=>{let i=n.value;i?.isTexture&&i.dispose()})}t.dispose()}function Pa(t){let e=t.geometry;e&&e.dispose();let n=t.skeleton;n&&n.dispose();let i=t.material;i&&(Array.isArray(i)?i.forEach(r=>Mr(r)):i&&Mr(i))}function La(t){t.traverse(Pa)}function Ia(t,e){var n,i;console.warn("VRMUtils.removeUnnecessaryJoints: removeUnnecessaryJoints is deprecated. Use combineSkeletons instead. combineSkeletons contributes more to the performance improvement. This function will be removed in the next major version.");let r=(n=e?.experimentalSameBoneCounts)!=null?n:!1,s=[];t.traverse(o=>{o.type==="SkinnedMesh"&&s.push(o)});let a=new Map,l=0;for(let o of s){let c=o.geometry.getAttribute("skinIndex");if(a.has(c))continue;let d=new Map,h=new Map;for(let f=0;f<c.count;f++)for(let p=0;p<c.itemSize;p++){let m=ut(c,f,p),g=d.get(m);g==null&&(g=d.size,d.set(m,g),h.set(g,m)),zr(c,f,p,g)}c.needsUpdate=!0,a.set(c,h),l=Math.max(l,d.size)}for(let o of s){let c=o.geometry.getAttribute("skinIndex"),d=a.get(c),h=[],f=[],p=r?l:d.size;for(let g=0;g<p;g++){let v=(i=d.get(g))!=null?i:0;h.push(o.skeleton.bones[v]),f.push(o.skeleton.boneInverses[v])}let m=new re(h,f);o.bind(m,new B)}}function Ha(t,e){let n=t.position.count,i=new Array(n),r=0,s=e.array;for(let a=0;a<s.length;a++){let l=s[a];i[l]||(i[l]=!0,r++)}return{isVertexUsed:i,vertexCount:n,verticesUsed:r}}function Oa(t){let e=[],n=[],i=0;for(let r=0;r<t.length;r++)if(t[r]){let s=i++;e[r]=s,n[s]=r}return{originalIndexNewIndexMap:e,newIndexOriginalIndexMap:n}}function Na(t,e){var n,i,r,s;e.name=t.name,e.morphTargetsRelative=t.morphTargetsRelative,t.groups.forEach(a=>{e.addGroup(a.start,a.count,a.materialIndex)}),e.boundingBox=(i=(n=t.boundingBox)==null?void 0:n.clone())!=null?i:null,e.boundingSphere=(s=(r=t.boundingSphere)==null?void 0:r.clone())!=null?s:null,e.setDrawRange(t.drawRange.start,t.drawRange.count),e.userData=t.userData}function Ca(t,e,n){let i=e.array,r=new i.constructor(i.length);for(let s=0;s<i.length;s++){let a=i[s];r[s]=n[a]}t.setIndex(new H(r,e.itemSize,e.normalized))}function ct(t,e,n){let i=t.constructor,r=new i(e.length*n),s=!0;for(let a=0;a<e.length;a++){let o=e[a]*n,u=a*n;for(let c=0;c<n;c++){let d=t[o+c];r[u+c]=d,s=s&&d===0}}return[r,s]}function Ua(t){var e;let n=new Map,i=[];for(let[r,s]of Object.entries(t))if(s.isInterleavedBufferAttribute){let a=s,l=a.data,o=(e=n.get(l))!=null?e:[];n.set(l,o),o.push([r,a])}else{let a=s;i.push([r,a])}return[n,i]}function Va(t,e,n){let[i,r]=Ua(e);for(let[s,a]of i){let l=s.array,{stride:o}=s,[u,c]=ct(l,n,o),d=new _e(u,o);d.setUsage(s.usage);for(let[h,f]of a){let{itemSize:p,offset:m,normalized:g}=f,v=new ve(d,p,m,g);t.setAttribute(h,v)}}for(let[s,a]of r){let l=a.array,{itemSize:o,normalized:u}=a,[c,d]=ct(l,n,o);t.setAttribute(s,new H(c,o,u))}}function Ba(t){var e;let n=new Map,i=[];for(let[r,s]of Object.entries(t)){let a=r;for(let l=0;l<s.length;l++){let o=s[l];if(o.isInterleavedBufferAttribute){let u=o,c=u.data,d=(e=n.get(c))!=null?e:[];n.set(c,d),d.push([a,l,u])}else{let u=o;i.push([a,l,u])}}}return[n,i]}function Da(t,e,n){var i,r;let s=!0,[a,l]=Ba(e),o={};for(let[u,c]of a){let d=u.array,{stride:h}=u,[f,p]=ct(d,n,h);s=s&&p;let m=new _e(f,h);m.setUsage(u.usage);for(let[g,v,x]of c){let{itemSize:M,offset:E,normalized:T}=x,y=new ve(m,M,E,T);(i=o[g])!=null||(o[g]=[]),o[g][v]=y}}for(let[u,c,d]of l){let h=d,f=h.array,{itemSize:p,normalized:m}=h,[g,v]=ct(f,n,p);s=s&&v,(r=o[u])!=null||(o[u]=[]),o[u][c]=new H(g,p,m)}t.morphAttributes=s?{}:o}function Fa(t){let e=new Map;t.traverse(n=>{if(!n.isMesh)return;let i=n,r=i.geometry,s=r.index;if(s==null)return;let a=e.get(r);if(a!=null){i.geometry=a;return}let{isVertexUsed:l,vertexCount:o,verticesUsed:u}=Ha(r.attributes,s);if(u===o)return;let{originalIndexNewIndexMap:c,newIndexOriginalIndexMap:d}=Oa(l),h=new V;Na(r,h),e.set(r,h),Ca(h,s,c),Va(h,r.attributes,d),Da(h,r.morphAttributes,d),i.geometry=h}),Array.from(e.keys()).forEach(n=>{n.dispose()})}function ka(t){var e;((e=t.meta)==null?void 0:e.metaVersion)==="0"&&(t.scene.rotation.y=Math.PI)}var pe=class{constructor(){}};pe.combineMorphs=Ta;pe.combineSkeletons=Ma;pe.deepDispose=La;pe.removeUnnecessaryJoints=Ia;pe.removeUnnecessaryVertices=Fa;pe.rotateVRM0=ka;export{bt as GLTFLoader,va as VRMLoaderPlugin,pe as VRMUtils};
/*! Bundled license information:

@pixiv/three-vrm/lib/three-vrm.module.js:
  (*!
   * @pixiv/three-vrm v3.5.5
   * VRM file loader for three.js.
   *
   * Copyright (c) 2019-2026 pixiv Inc.
   * @pixiv/three-vrm is distributed under MIT License
   * https://github.com/pixiv/three-vrm/blob/release/LICENSE
   *)

@pixiv/three-vrm/lib/three-vrm.module.js:
  (*!
   * @pixiv/three-vrm-core v3.5.5
   * The implementation of core features of VRM, for @pixiv/three-vrm
   *
   * Copyright (c) 2019-2026 pixiv Inc.
   * @pixiv/three-vrm-core is distributed under MIT License
   * https://github.com/pixiv/three-vrm/blob/release/LICENSE
   *)
  (*!
   * @pixiv/three-vrm-materials-mtoon v3.5.5
   * MToon (toon material) module for @pixiv/three-vrm
   *
   * Copyright (c) 2019-2026 pixiv Inc.
   * @pixiv/three-vrm-materials-mtoon is distributed under MIT License
   * https://github.com/pixiv/three-vrm/blob/release/LICENSE
   *)
  (*!
   * @pixiv/three-vrm-materials-hdr-emissive-multiplier v3.5.5
   * Support VRMC_hdr_emissiveMultiplier for @pixiv/three-vrm
   *
   * Copyright (c) 2019-2026 pixiv Inc.
   * @pixiv/three-vrm-materials-hdr-emissive-multiplier is distributed under MIT License
   * https://github.com/pixiv/three-vrm/blob/release/LICENSE
   *)
  (*!
   * @pixiv/three-vrm-materials-v0compat v3.5.5
   * VRM0.0 materials compatibility layer plugin for @pixiv/three-vrm
   *
   * Copyright (c) 2019-2026 pixiv Inc.
   * @pixiv/three-vrm-materials-v0compat is distributed under MIT License
   * https://github.com/pixiv/three-vrm/blob/release/LICENSE
   *)
  (*!
   * @pixiv/three-vrm-node-constraint v3.5.5
   * Node constraint module for @pixiv/three-vrm
   *
   * Copyright (c) 2019-2026 pixiv Inc.
   * @pixiv/three-vrm-node-constraint is distributed under MIT License
   * https://github.com/pixiv/three-vrm/blob/release/LICENSE
   *)
  (*!
   * @pixiv/three-vrm-springbone v3.5.5
   * Spring bone module for @pixiv/three-vrm
   *
   * Copyright (c) 2019-2026 pixiv Inc.
   * @pixiv/three-vrm-springbone is distributed under MIT License
   * https://github.com/pixiv/three-vrm/blob/release/LICENSE
   *)
*/
