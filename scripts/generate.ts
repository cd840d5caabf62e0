// `npm run generate`: writes src/**/generated/, which the build and the tests do on their own.
import { generate } from "./lib/generate.ts";

generate();
