import { describe, expect, it } from "@jest/globals";
import { manualMessage } from "./manual.js";
import { Options } from "./options.js";

const options = Options.parse({ adjust: { speed: 50 }, bounds: { nozzle_temp: [180, 240] } });
const now = Date.parse("2026-01-01T00:00:00Z");
const send = (text: string, printer = "printer_1") => manualMessage(printer, text, options, now);

describe("a control message by hand", () => {
  it("is one like the automatic ones", () => {
    const { topic, payload } = send('{"fan":100,"speed":80}');
    expect(topic).toBe("printer/control/printer_1");
    expect(payload).toMatch(/^\{"speed":80,"fan":100,"command_id":"[0-9a-f]{16}",/);
    expect(JSON.parse(payload)).toMatchObject({
      reason: "sent by hand",
      issued_at: "2026-01-01T00:00:00.000Z",
      expires_at: "2026-01-01T00:00:30.000Z",
    });
  });

  it("is another one each time", () => {
    const id = () => (JSON.parse(send('{"pause":true}').payload) as { command_id: string }).command_id;
    expect(id()).not.toBe(id());
  });

  it.each([
    ['{"speed":10,"nozzle_temp":250}', /speed 10 .*\[50, 120\]; nozzle_temp 250 .*\[180, 240\]/],
    ['{"sped":80}', /sped.*can be told: speed, nozzle_temp/],
    ['{"speed":"80"}', /speed: .*number/],
    ['{"pause":false}', /pause/],
    ["{}", /nothing to change/],
    ["[80]", /object/],
    ["{speed:80}", /is no JSON .*in quotes/],
  ])("is refused as %s", (text, message) => {
    expect(() => send(text)).toThrow(message);
  });

  it.each(["", "a/b", "+", "#", "a\u0000"])("has no printer called %j", (printer) => {
    expect(() => send('{"speed":80}', printer)).toThrow(/cannot stand in a topic/);
  });
});
