import { describe, expect, it } from "@jest/globals";
import { ConfigError } from "../../streams/component/errors.js";
import { parseAddress } from "./address.js";

describe("broker address", () => {
  it.each([
    ["mqtt://broker", "mqtt://broker:1883", false],
    ["mqtts://broker", "mqtts://broker:8883", true],
    ["mqtt://[::1]:1884", "mqtt://[::1]:1884", false],
    ["ws://broker/mqtt", "ws://broker:80/mqtt", false],
    ["wss://broker:9001/mqtt?token=1", "wss://broker:9001/mqtt?token=1", true],
  ])("%s becomes %s", (url, expected, secure) => {
    expect(parseAddress({ url })).toEqual({ url: expected, secure });
  });

  it("takes user and password out of the URL, where they come before the settings", () => {
    expect(parseAddress({ url: "mqtt://me:p%40ss@broker", username: "other", password: "x" })).toEqual({
      url: "mqtt://broker:1883",
      secure: false,
      username: "me",
      password: "p@ss",
    });
    expect(parseAddress({ url: "mqtt://broker", username: "mlops_user", password: "" })).toEqual({
      url: "mqtt://broker:1883",
      secure: false,
      username: "mlops_user",
    });
  });

  it.each([
    ["localhost:1883", /no protocol/],
    ["http://broker", /unknown protocol "http"/],
    ["mqtt://", /names no host|not an address/],
    ["mqtt://broker:99999", /not an address/],
    ["", /no protocol/],
  ])("refuses %p", (url, message) => {
    expect(() => parseAddress({ url })).toThrow(ConfigError);
    expect(() => parseAddress({ url })).toThrow(message);
  });

  it("never repeats a password", () => {
    expect(() => parseAddress({ url: "http://me:secret@broker" })).toThrow(/^(?!.*secret)/s);
  });

  it("says which certificate setting is wrong", () => {
    expect(() => parseAddress({ url: "mqtt://broker", tls: { ca: "x" } })).toThrow(/write mqtts:\/\//);
    expect(() => parseAddress({ url: "mqtts://broker", tls: { cert: "x" } })).toThrow(/belong together/);
    expect(() => parseAddress({ url: "mqtts://broker", tls: { cert: "x", key: "y" } })).toThrow(
      /MQTT_CERT or MQTT_KEY/,
    );
  });
});
