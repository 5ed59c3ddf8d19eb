import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parseCommand } from "./command.js";

const heard = (message: unknown) => parseCommand(new TextEncoder().encode(JSON.stringify(message)));

describe("parseCommand", () => {
  it("reads the plain form", () =>
    expect(heard({ speed: 50 })).toEqual({ command: { speed: 50 }, expiresAt: Infinity }));

  it("reads every field, and leaves alone what it does not know", () => {
    const command = { speed: 80, nozzle_temp: 210, bed_temp: 55, fan: 40, flow: 95, pause: false };
    const more = { command_id: "a", reason: "rough", expires_at: "2026-01-01T00:00:10Z", unit: "percent" };
    expect(heard({ ...command, ...more })).toEqual({ command, expiresAt: Date.UTC(2026, 0, 1, 0, 0, 10) });
  });

  it("takes null for absent", () => {
    expect(heard({ speed: 50, fan: null, pause: null, expires_at: null })).toEqual({
      command: { speed: 50 },
      expiresAt: Infinity,
    });
  });

  it.each([
    [{ speed: "50" }, "speed is not a number from 0 up"],
    [{ speed: -1 }, "speed is not a number from 0 up"],
    [{ speed: 50, fan: [] }, "fan is not a number from 0 up"],
    [{ pause: 1 }, "pause is neither true nor false"],
    [{ speed: 50, expires_at: "soon" }, "expires_at is not a time"],
    [{ volume: 11 }, "no field that it knows"],
    [{}, "no field that it knows"],
    [[50], "no JSON object"],
    [null, "no JSON object"],
    ["speed", "no JSON object"],
    [{ speed: 50, reason: "x".repeat(5000) }, "longer than 4096 bytes"],
  ])("refuses %j", (message, refused) => expect(heard(message)).toEqual({ refused }));

  it("refuses broken JSON and never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const result = parseCommand(bytes);
        expect("refused" in result || Object.keys(result.command).length > 0).toBe(true);
      }),
    );
  });
});
