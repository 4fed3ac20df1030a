// The kind `{{name}}`: a text file in upper case.
//
// What a plugin says and does is in `wit/step.wit`; its names are in camel case
// here. A failure is thrown as an object with `code`, `message` and `help`.
import { addMetric } from "ingot:step/report@1.0.0";

const CHUNK = 1 << 18;

export function describe() {
  return {
    kinds: [
      {
        name: "{{name}}",
        summary: "a text file in upper case",
        params: "",
        inputs: [
          {
            name: "text",
            types: ["files"],
            required: true,
            many: false,
            splits: [],
            forwarded: false,
          },
        ],
        outputs: [{ name: "text", artifactType: "files", file: true }],
        determinism: "bitwise",
        random: false,
        acceptsFailed: false,
        expands: [],
      },
    ],
    artifactTypes: [],
  };
}

export function run(config, inputs, outputs) {
  const reader = inputs[0].open("");
  const writer = outputs[0].create("");
  const decoder = new TextDecoder();
  let text = "";
  for (let chunk = reader.read(CHUNK); chunk.length > 0; chunk = reader.read(CHUNK)) {
    text += decoder.decode(chunk, { stream: true });
  }
  text += decoder.decode();
  const bytes = new TextEncoder().encode(text.toUpperCase());
  for (let start = 0; start < bytes.length; start += CHUNK) {
    writer.write(bytes.subarray(start, start + CHUNK));
  }
  addMetric({ name: "lines", value: text.split("\n").length - 1, slice: [] });
}
