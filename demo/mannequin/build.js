// Writes the mannequin's skin; run by build.sh.

import {writeFileSync} from "node:fs";
import {NAMES} from "../../motionlcm/web/static/stage/rest.js";
import {buildSkin} from "./skin.js";

writeFileSync(process.argv[2], buildSkin(NAMES));
