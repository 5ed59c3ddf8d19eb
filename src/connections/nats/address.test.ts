import { describe, expect, it } from "@jest/globals";
import { parseNatsAddress } from "./address.js";

describe("the address of a nats-server", () => {
  it("takes one server, and several", () => {
    expect(parseNatsAddress({ url: "nats://127.0.0.1" })).toEqual({
      url: "nats://127.0.0.1:4222",
      servers: ["127.0.0.1:4222"],
      secure: false,
    });
    expect(parseNatsAddress({ url: "tls://a:1, tls://b:2" }).servers).toEqual(["a:1", "b:2"]);
  });

  it("takes the login out of the address that is shown", () => {
    const address = parseNatsAddress({ url: "nats://farm:s%40crét@host", username: "other" });
    expect(address).toMatchObject({ url: "nats://host:4222", username: "farm", password: "s@crét" });
  });

  it.each([
    ["127.0.0.1:4222", /is not an address: write nats:/],
    ["mqtt://host", /is not an address/],
    ["nats://a,", /NATS_URL "" is not an address/],
    ["http://user:secret@host", /"http:\/\/…@host"/],
  ])("says what is wrong with %s", (url, message) => {
    expect(() => parseNatsAddress({ url })).toThrow(message);
  });

  it("says what does not belong together", () => {
    expect(() => parseNatsAddress({ url: "nats://a", password: "x" })).toThrow("set NATS_USERNAME too");
    expect(() => parseNatsAddress({ url: "nats://a", ca: "x" })).toThrow("begin NATS_URL with tls://");
  });
});
