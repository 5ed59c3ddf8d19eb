/** One rule a sentence of docs/architecture.md. `npm run check` holds the code to them. */
const only = (name, comment, from, pattern) => ({
  name,
  comment,
  severity: "error",
  from: { pathNot: from },
  to: { path: pattern },
});
const never = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });
const NO_TESTS = "\\.test\\.ts$";

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    never("no-circles", "A circle has no bottom to start reading at.", {}, { circular: true }),
    never(
      "core-names-no-component",
      "The core works with whatever the list holds.",
      { path: "^src/streams" },
      {
        path: "^src/(?!streams)",
      },
    ),
    never(
      "record-is-the-ground",
      "Records know nothing but themselves.",
      { path: "^src/streams/record", pathNot: NO_TESTS },
      {
        path: "^src",
        pathNot: "^src/streams/record",
      },
    ),
    never(
      "time-stands-on-records",
      "Time is made of records alone.",
      { path: "^src/streams/time", pathNot: NO_TESTS },
      {
        path: "^src",
        pathNot: "^src/streams/(time|record)",
      },
    ),
    never(
      "journal-keeps-records",
      "A log is the same for whatever runs on it.",
      { path: "^src/streams/journal", pathNot: NO_TESTS },
      {
        path: "^src",
        pathNot: "^src/streams/(journal|component|time|record)",
      },
    ),
    never(
      "components-know-no-graph",
      "A component is told what it needs by its context; where it stands is none of its business.",
      { path: "^src/(sources|operators|sinks|connections|models)", pathNot: NO_TESTS },
      { path: "^src/(cli|server|settings|log|main|components|streams/(topology|runtime))" },
    ),
    never(
      "topology-runs-nothing",
      "What a pipeline is can be known without running it.",
      { path: "^src/streams/topology" },
      {
        path: "^src/streams/runtime",
      },
    ),
    never(
      "siblings-do-not-know-each-other",
      "A component can be taken out by deleting its folder and its line in the list.",
      { path: "^src/(sources|operators|sinks)/([^/]+)/", pathNot: NO_TESTS },
      { path: "^src/(sources|operators|sinks)/([^/]+)/", pathNot: "^src/$1/$2/" },
    ),
    never(
      "connections-serve-components",
      "What two components share knows neither.",
      { path: "^src/(connections|models)" },
      {
        path: "^src/(sources|operators|sinks)/",
      },
    ),
    never(
      "settings-are-arguments",
      "Values arrive as arguments, so that a test can bring its own.",
      { path: "^src", pathNot: "^src/(main|settings|cli/settings)|\\.test\\.ts$|^src/cli" },
      {
        path: "^src/settings",
      },
    ),
    never(
      "log-is-an-argument",
      "Everyone logs through the Log that they were given.",
      { path: "^src", pathNot: `^src/(main|log)\\.ts$|${NO_TESTS}` },
      {
        path: "^src/log\\.ts$",
      },
    ),
    never(
      "contract-suites-are-for-tests",
      "They import jest.",
      { path: "^src", pathNot: `${NO_TESTS}|^src/streams/contract` },
      {
        path: "^src/streams/contract",
      },
    ),
    only(
      "mqtt-in-one-place",
      "One place knows how this client behaves.",
      `^src/connections/mqtt|^test|${NO_TESTS}|^bench`,
      "node_modules/(mqtt|aedes)/",
    ),
    only(
      "influxdb-in-one-place",
      "One place knows how this client behaves.",
      "^src/connections/influxdb",
      "node_modules/@influxdata",
    ),
    only(
      "nats-in-one-place",
      "One place knows how this client behaves.",
      `^src/connections/nats|^test|${NO_TESTS}`,
      "node_modules/@nats-io",
    ),
    only(
      "libsql-in-one-place",
      "Its driver aborts the process when fed wrongly: one wrapper feeds it.",
      "^src/connections/history",
      "node_modules/libsql",
    ),
    only(
      "tensorflow-in-one-place",
      "One place owns tensors, so one place can leak them.",
      "^src/models",
      "node_modules/@tensorflow",
    ),
    only(
      "convict-in-one-place",
      "Settings say where the program runs, in one file.",
      "^src/settings",
      "node_modules/convict",
    ),
    only("winston-in-one-place", "Everyone else knows the Log interface.", "^src/log", "node_modules/winston"),
    only("hono-in-one-place", "One room speaks HTTP.", "^src/server", "node_modules/(hono|@hono|prom-client)"),
    never(
      "rxjs-where-time-is",
      "Most operators are arithmetic: the engine does the streaming.",
      { path: "^src", pathNot: "^src/(streams|sources|cli)" },
      {
        path: "node_modules/rxjs/",
      },
    ),
    never(
      "no-dev-dependency-in-the-program",
      "It would be missing where the program is installed.",
      { path: "^src", pathNot: `${NO_TESTS}|^src/streams/contract` },
      {
        dependencyTypes: ["npm-dev"],
      },
    ),
    never("nothing-unresolved", "An import that leads nowhere.", { pathNot: "^src/models" }, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
