// Builds the component from app.js, without anything of WASI: no clock, no
// randomness, no output but the plugin's own.
import { cp, readFile, writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";

// The world in `world/` leans on the interface in `wit/`.
await cp("wit", "world/deps/step", { recursive: true });
const { component } = await componentize(await readFile("app.js", "utf8"), {
  witPath: "world",
  worldName: "plugin",
  disableFeatures: ["clocks", "fetch-event", "http", "random", "stdio"],
});
await writeFile(process.argv[2], component);
