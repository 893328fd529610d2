#!/usr/bin/env bash
# The vendored modules of the page, motionlcm/web/static/vendor: three.js and three-vrm at pinned
# versions, only what the page imports, minified. Needs npm and a network; the page needs neither.
# Writes the manifests of the package, too: what is served is what was built here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$here"/*.js "$folder"
cd "$folder"
npm install --silent three@0.187.0 @pixiv/three-vrm@3.5.5 esbuild@0.28.2
npx esbuild three.js characters.js --bundle --splitting --format=esm --minify --legal-comments=eof \
  --chunk-names=shared --outdir="$here/../../motionlcm/web/static/vendor"
python "$here/../write_manifests.py"
