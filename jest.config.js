import { availableParallelism } from "node:os";

/** ES modules throughout: run with `node --experimental-vm-modules` (see the test script in package.json). */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/src", "<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "es6" }, sourceMaps: "inline" },
    ],
  },
  testTimeout: 60000,
  // Most of the time is spent waiting for servers, so two files at a time fit on any machine.
  maxWorkers: Math.max(2, availableParallelism() - 1),
};
