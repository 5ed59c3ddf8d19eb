import { describe, expect, it } from "@jest/globals";
import { Writable } from "node:stream";
import { createLog, type LogOptions } from "./log.js";

/** A log whose lines the test can read. */
function logTo(options: Partial<LogOptions> & { terminal?: boolean } = {}) {
  let text = "";
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const log = createLog({
    level: "info",
    format: "json",
    secrets: ["geheim"],
    stream: Object.assign(stream, { isTTY: options.terminal ?? false }),
    ...options,
  });
  const lines = () => text.split("\n").slice(0, -1);
  return { log, lines, entries: () => lines().map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe("createLog", () => {
  it("writes one JSON object a line, with time, level and message in front", () => {
    const { log, lines, entries } = logTo();
    log.warn("late record dropped", { node: "spans", lateBy: 12 });
    log.info("started");
    expect(entries()).toMatchObject([
      { level: "warn", message: "late record dropped", node: "spans", lateBy: 12 },
      { level: "info", message: "started" },
    ]);
    expect(lines()[0]).toMatch(/^\{"time":"\d{4}-\d\d-\d\dT[\d:.]+Z","level":"warn","message":/);
  });

  it("writes for people on a terminal, unless told otherwise", () => {
    const { log, lines } = logTo({ format: "auto", terminal: true });
    log.info("broker connected", { url: "mqtt://h", note: "two words", count: 3, empty: "", tags: ["a"] });
    expect(lines()[0]).toMatch(
      /^\d\d:\d\d:\d\d info  broker connected url=mqtt:\/\/h note="two words" count=3 empty="" tags=\["a"\]$/,
    );
    const elsewhere = logTo({ format: "auto" });
    elsewhere.log.info("x");
    expect(elsewhere.entries()).toHaveLength(1);
  });

  it("keeps to its level", () => {
    const { log, entries } = logTo({ level: "warn" });
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    expect(entries().map((entry) => entry.message)).toEqual(["c", "d"]);
  });

  it("does not look at the fields of a line that it does not write", () => {
    const { log } = logTo();
    const fields = Object.defineProperty({}, "costly", {
      enumerable: true,
      get: () => {
        throw new Error("looked at");
      },
    });
    expect(() => log.debug("x", fields)).not.toThrow();
  });

  it("adds the fields of a child to each of its lines, and of its children", () => {
    const { log, entries } = logTo();
    const child = log.child({ pipeline: "quality" }).child({ node: "spans" });
    child.info("x", { key: "p" });
    log.info("y");
    expect(entries()[0]).toMatchObject({ pipeline: "quality", node: "spans", key: "p" });
    expect(entries()[1]).not.toHaveProperty("node");
  });

  it("takes secrets out of messages, names and values however deep, and passwords out of URLs", () => {
    for (const format of ["json", "pretty"] as const) {
      const { log, lines } = logTo({ format });
      log.info("login with geheim", {
        geheim: 1,
        url: "mqtt://user:pa@ss@host",
        deep: [{ very: new Map([["a", "xgeheimx"]]) }],
        error: new Error("bad password geheim"),
      });
      expect(lines()).toHaveLength(1);
      expect(lines()[0]).not.toMatch(/geheim|pa@ss/);
      expect(lines()[0]).toContain("mqtt://user:***@host");
    }
  });

  it("writes errors as their message, with the stack at debug", () => {
    const error = new Error("refused", { cause: "x" });
    const { log, entries } = logTo();
    const silent = Object.assign(new AggregateError([]), { code: "ECONNREFUSED" });
    log.error("failed", { error, silent });
    expect(entries()[0]).toMatchObject({ error: "refused", silent: "ECONNREFUSED" });
    const debug = logTo({ level: "debug" });
    debug.log.error("failed", { error });
    expect(debug.entries()[0]!.error).toContain("log.test");
  });

  it("writes what JSON cannot hold, and cuts off what has no end", () => {
    const { log, entries } = logTo();
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    log.info("x", {
      big: 12n,
      nan: NaN,
      none: undefined,
      at: new Date(0),
      array: new Float64Array([1, 2]),
      bytes: Buffer.from("abc"),
      long: Array.from({ length: 103 }, () => 0),
      circle,
    });
    const [entry] = entries();
    expect(entry).toMatchObject({
      big: "12",
      nan: "NaN",
      at: "1970-01-01T00:00:00.000Z",
      array: [1, 2],
      bytes: "3 bytes",
    });
    expect(entry).not.toHaveProperty("none");
    expect((entry!.long as unknown[]).at(-1)).toBe("… 3 more");
    expect(JSON.stringify(entry!.circle)).toContain("…");
  });

  it("does not mix fields up with its own parts of the line", () => {
    const { log, entries } = logTo();
    log.info("told", { message: "given", level: "high", time: 3 });
    expect(entries()[0]).toMatchObject({ message: "told", level: "info", message_: "given", level_: "high", time_: 3 });
  });

  it("keeps one entry on one line and control characters out of the terminal", () => {
    const { log, lines } = logTo({ format: "pretty" });
    log.info("a\nb", { payload: "\u001b[2Jx\r\n12:00:00 error forged", c1: "\u009b2J" });
    expect(lines()).toHaveLength(1);

    expect(lines()[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(lines()[0]).toContain("a\\u000ab");
  });
});
