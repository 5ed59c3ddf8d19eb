import { readFileSync, writeFileSync } from "node:fs";
import { drawLoop } from "./loop/draw.js";
import { type Sighting, watchFarm } from "./loop/watch.js";
import { replacePart } from "./page-part.js";

/** Runs the farm with a fault that is injected, and puts what an outsider saw into docs/loop.svg and the README. */
const FAULT = { from: 30, to: 150, name: "worn-bearing" };
const THRESHOLD = 75;
const SOURCE = {
  printers: 1,
  rate: 2,
  seed: 5,
  materials: ["PLA"],
  duration: "210s",
  inject: [
    { printer: "printer_1", fault: FAULT.name, at: `${FAULT.from}s`, grow: "40s", last: `${FAULT.to - FAULT.from}s` },
  ],
};

const seen = await watchFarm(SOURCE, readFileSync("config/pipelines/synthesizer.yaml", "utf8"));
writeFileSync("docs/loop.svg", `${await drawLoop(seen, { threshold: THRESHOLD, fault: FAULT })}\n`);
const part = `![Roughness and speed of a printer with a worn bearing](docs/loop.svg)\n\n${table(seen)}`;
writeFileSync("README.md", replacePart(readFileSync("README.md", "utf8"), "loop", part));
console.log(table(seen));

function table({ readings, adjustments }: Sighting): string {
  const about = (at: number) => {
    const near = readings.filter((reading) => Math.abs(reading.at - at) <= 2).map(({ roughness }) => roughness);
    return Math.round(near.reduce((sum, roughness) => sum + roughness, 0) / near.length);
  };
  const rows = adjustments.map(
    ({ at, speed, reason }) => `| ${at.toFixed(1)} s | ${speed} % | ${reason} | ${about(at + 20)} |`,
  );
  return ["| sent after | speed | reason | mean roughness 20 s later |", "|---|---|---|---|", ...rows].join("\n");
}
