import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { saysGone } from "./presence.js";

describe("a presence message", () => {
  it.each([
    "offline",
    "OFFLINE\n",
    "disconnected",
    "gone",
    '"offline"',
    '{"state":"offline"}',
    '{"status":"Disconnected","since":5}',
    '{"server":"offline"}',
  ])("says that the printer went away: %j", (text) => expect(saysGone(text)).toBe(true));

  it.each(["", "online", "0", "null", "[]", '["offline"]', "{", '{"state":null}', '{"state":{"state":"offline"}}'])(
    "says nothing of the kind: %j",
    (text) => expect(saysGone(text)).toBe(false),
  );

  it("may be anything", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (text) => {
        expect(typeof saysGone(text)).toBe("boolean");
      }),
    );
  });
});
