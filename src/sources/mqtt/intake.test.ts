import { isUtf8 } from "node:buffer";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { VirtualTimeScheduler } from "rxjs";
import { HOSTILE } from "../../../test/hostile.js";
import type { Incoming } from "../../connections/mqtt/broker.js";
import type { Rejection } from "../../streams/component/context.js";
import { contextFor } from "../../streams/contract/context.js";
import { isMark } from "../../streams/record/record.js";
import { clockOf } from "../../streams/time/clock.js";
import { Intake } from "./intake.js";
import { Options } from "./options.js";

const NOW = Date.UTC(2026, 0, 1);

/** An intake whose clock stands at the beginning of 2026. */
function intakeOf(options: object = {}) {
  const scheduler = new VirtualTimeScheduler();
  scheduler.frame = NOW;
  const rejected: Rejection[] = [];
  const context = contextFor({ rejected, node: "sensors", clock: clockOf(scheduler) });
  const intake = new Intake(Options.parse({ topics: ["printing/+/sensor"], ...options }), context);
  return { intake, rejected };
}

function incoming(topic: string, payload: string | Uint8Array | object, more: Partial<Incoming> = {}): Incoming {
  const bytes =
    payload instanceof Uint8Array
      ? payload
      : Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
  return { topic, payload: bytes, qos: 1, retain: false, dup: false, ...more };
}
const sensor = (printer: string, seconds: number, more: object = {}, message: Partial<Incoming> = {}) =>
  incoming(`printing/${printer}/sensor`, { printer_id: printer, timestamp: NOW + seconds * 1000, ...more }, message);

describe("the intake", () => {
  it.each(HOSTILE)("puts $what aside with topic and reason, and reads on", ({ id, payload, reason }) => {
    const { intake, rejected } = intakeOf();
    const elements = intake.take([incoming(`printing/${id}/sensor`, payload), sensor("printer_1", 0)]);
    expect(elements).toHaveLength(1);
    const bytes = Buffer.from(payload);
    expect(rejected).toEqual([
      {
        reason: expect.stringMatching(reason),
        place: `printing/${id}/sensor`,
        key: id,
        payload: bytes.subarray(0, 1024 * 1024).toString(),
        ...(!isUtf8(bytes) && { lossy: true }),
      },
    ]);
    expect(rejected[0]!.reason).toMatch(/^[^\n]{5,300}$/);
  });

  it("makes of each message one record or one rejection, whatever its bytes", () => {
    const topics = fc.constantFrom("printing/a/sensor", "printing//sensor", "elsewhere", "printing/ä b/sensor");
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(topics, bytes)), (messages) => {
        const { intake, rejected } = intakeOf();
        const elements = intake.take(messages.map(([topic, payload]) => incoming(topic, payload)));
        expect(elements.length + rejected.length).toBe(messages.length);
      }),
    );
  });

  it("numbers the records of a partition without a gap, refused ones left out", () => {
    const { intake } = intakeOf();
    const elements = [0, 1, 2].flatMap((i) =>
      intake.take([sensor("printer_1", i), incoming("printing/printer_1/sensor", "{"), sensor("printer_1", i)]),
    );
    expect(elements.map(({ position }) => position.offset)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(elements.map(({ position }) => position.partition)).size).toBe(1);
  });

  it("takes in once what is sent again, said or not, and what is as old and new to it", () => {
    const { intake } = intakeOf();
    const sent = (seconds: number, roughness: number, dup = false) => sensor("p", seconds, { roughness }, { dup });
    const known = new Set([sent(-2, 1), sent(-1, 2)].map(({ payload }) => Buffer.from(payload).toString()));
    const position = { stream: "sensors", partition: 0, offset: 0 };
    intake.recall([{ key: "p", eventTime: NOW - 1000, value: { printer_id: "p" }, position }]);
    const messages = [sent(-2, 1, true), sent(-1, 2), sent(-1, 3), sent(0, 4, true)];
    const taken = intake.take(messages, (_, text) => known.has(text));
    expect(taken.map(({ value }) => (value as { roughness: number }).roughness)).toEqual([3, 4]);
  });

  it("takes a retained reading the first time, and not again after a reconnection", () => {
    const { intake, rejected } = intakeOf();
    const kept = () => sensor("printer_1", 5, {}, { retain: true });
    expect(intake.take([kept()])).toHaveLength(1);
    expect(intake.take([kept()])).toHaveLength(0);
    expect(intake.take([sensor("printer_1", 6, {}, { retain: true })])).toHaveLength(1);
    expect(rejected).toEqual([]);
  });

  it("takes what comes twice or late where it is not retained: windows decide", () => {
    const { intake } = intakeOf();
    expect(intake.take([sensor("p", 5), sensor("p", 5), sensor("p", 3)])).toHaveLength(3);
  });

  it("marks a printer as gone at its newest reading: by presence, and by a state of its own", () => {
    const { intake } = intakeOf({ presence: ["printing/+/state"] });
    const state = (printer: string, text: string) => incoming(`printing/${printer}/state`, text);
    const elements = intake.take([
      state("a", "offline"),
      sensor("a", 5),
      sensor("a", 3),
      state("a", "online"),
      state("a", "x".repeat(100_000)),
      state("a", "offline"),
      sensor("b", 1, { state: "offline" }),
    ]);
    expect(elements.map((element) => [element.key, (element.eventTime - NOW) / 1000, isMark(element)])).toEqual([
      ["a", 5, false],
      ["a", 3, false],
      ["a", 5, true],
      ["b", 1, false],
      ["b", 1, true],
    ]);
  });

  it("reads a message that was rejected again, as it is set now", () => {
    const late = sensor("p", -20);
    const refused = intakeOf({ skew: { past: "10s", future: "1s" } });
    refused.intake.take([late]);
    const [rejection] = refused.rejected;
    const { intake } = intakeOf({ skew: { past: "30s", future: "1s" } });
    intake.take([sensor("p", 0)]);
    const again = intake.again(rejection!.place, rejection!.payload as string);
    expect(again).toMatchObject([{ key: "p", eventTime: NOW - 20_000, position: { offset: 1 } }]);
    expect(intake.texts()).toEqual([Buffer.from(late.payload).toString()]);
  });

  it("holds printers to skew and max_bytes as they are set", () => {
    const { intake, rejected } = intakeOf({ skew: { past: "10s", future: "1s" }, max_bytes: 80 });
    expect(intake.take([-10, -11, 1, 2].map((seconds) => sensor("p", seconds)))).toHaveLength(2);
    expect(intake.take([sensor("p", 0, { note: "x".repeat(80) })])).toHaveLength(0);
    expect(rejected.map(({ reason }) => reason.replace(/\d{5,}/, "…"))).toEqual([
      "timestamp … is too far from now: set the printer's clock, or raise skew",
      "timestamp … is too far from now: set the printer's clock, or raise skew",
      "134 bytes, and max_bytes is 80",
    ]);
  });
});
