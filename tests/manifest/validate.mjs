// Holds a manifest on standard input against a schema (a file's path), with Unicode patterns, which
// Python's do not know. Prints what is wrong, as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const { default: Ajv } = createRequire(process.cwd() + "/")("ajv-draft-04");
const formats = createRequire(process.cwd() + "/")("ajv-formats");

// The schema for languages has patterns that are none with Unicode.
const regExp = (pattern, flags) => {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern);
  }
};
regExp.code = "new RegExp";
const ajv = new Ajv({ strict: false, allErrors: true, code: { regExp } });
formats(ajv);
const valid = ajv.compile(JSON.parse(readFileSync(process.argv[2], "utf-8")));
let text = "";
for await (const part of process.stdin) text += part;
valid(JSON.parse(text));
process.stdout.write(JSON.stringify(valid.errors ?? []));
