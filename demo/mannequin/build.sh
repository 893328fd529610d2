#!/usr/bin/env bash
# The mannequin of the page, motionlcm/web/static/stage/mannequin.bin, from its shape. Needs npm and
# a network; the page needs neither. tests/web/test_page.py checks that the file is of this shape.
# Writes the manifests of the package, too: what is served is what was built here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --prefix "$folder" esbuild@0.28.2
"$folder/node_modules/.bin/esbuild" "$here/build.js" --bundle --platform=node --format=esm \
  --outfile="$folder/build.mjs" --log-level=warning
node "$folder/build.mjs" "$here/../../motionlcm/web/static/stage/mannequin.bin"
python "$here/../write_manifests.py"
