import { describe, expect, it } from "@jest/globals";
import { redactor } from "./redact.js";

describe("redactor", () => {
  it("hides each secret wherever it stands, and what holds another secret as a whole", () => {
    const redact = redactor(["abc", "abcdef", ""]);
    expect(redact("abcdef and abc, xabcx")).toBe("*** and ***, x***x");
  });

  it("hides a secret as a URL or JSON writes it", () => {
    const redact = redactor(['p"ä/ß']);
    expect(redact(`token=${encodeURIComponent('p"ä/ß')} ${JSON.stringify({ token: 'p"ä/ß' })}`)).toBe(
      'token=*** {"token":"***"}',
    );
  });

  it("hides passwords in URLs, those with an @ too", () => {
    const redact = redactor([]);
    expect(redact("mqtts://user:p@ss/w@host:8883 and ws://u:@h")).toBe("mqtts://user:***@host:8883 and ws://u:@h");
    expect(redact("mqtt://host:1883 me@example.org")).toBe("mqtt://host:1883 me@example.org");
  });

  it("hides a secret that a pattern would misread", () => expect(redactor(["a.$&(*"])("x a.$&(* y")).toBe("x *** y"));
});
