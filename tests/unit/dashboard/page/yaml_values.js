// Writes YAML of the JSON values on standard input, one document each: the Python side reads them back.
import { yaml } from "../../../../dashboard/static/core/yaml.js";

let text = "";
for await (const chunk of process.stdin) text += chunk;
process.stdout.write(JSON.stringify(JSON.parse(text).map(yaml)));
