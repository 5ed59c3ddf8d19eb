import { describe, expect, it } from "@jest/globals";
import { contextFor, silentLog } from "../../streams/contract/context.js";
import type { Incoming, Qos } from "./broker.js";
import { Inbox, LARGEST_BATCH, LARGEST_SUM } from "./inbox.js";

const never = new AbortController().signal;
const message = (qos: Qos = 1, payload: Uint8Array = Buffer.from("x")): Incoming => ({
  topic: "a",
  payload,
  qos,
  retain: false,
  dup: false,
});

function inboxOf(limit: number) {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const log = { ...silentLog, warn: say, error: say };
  const inbox = new Inbox({ session: "s", limit, clock: contextFor().clock, log });
  let admitted = 0;
  const deliver = (...given: Parameters<typeof message>) =>
    inbox.deliver(message(...given), () => {
      admitted++;
    });
  return { inbox, deliver, said, admitted: () => admitted };
}

describe("the inbox", () => {
  it("lets the next QoS 1 message come while there is room, and then when a batch was taken in", async () => {
    const { inbox, deliver, admitted, said } = inboxOf(3);
    for (let i = 0; i < 3; i++) deliver();
    expect(admitted()).toBe(2);
    expect(said).toEqual(["reading is slower than messages come, the broker keeps the rest"]);
    expect(await inbox.next(never)).toHaveLength(3);
    expect([inbox.full, admitted()]).toEqual([true, 2]);
    deliver();
    expect(await inbox.next(never)).toHaveLength(1);
    expect([inbox.full, admitted()]).toEqual([false, 4]);
  });

  it("drops QoS 0 over its limit, counts it and says so once", () => {
    const { inbox, deliver, admitted, said } = inboxOf(2);
    for (let i = 0; i < 5; i++) deliver(0);
    expect([inbox.dropped, admitted()]).toEqual([3, 5]);
    expect(said).toEqual(["QoS 0 messages dropped, reading is slower than they come"]);
  });

  it("is full of few messages that are large, those that are being worked on included", async () => {
    const { inbox, deliver, admitted } = inboxOf(1000);
    const large = Buffer.alloc(LARGEST_SUM / 4);
    for (let i = 0; i < 4; i++) deliver(1, large);
    expect([inbox.full, admitted()]).toEqual([true, 3]);
    deliver(0);
    expect(inbox.dropped).toBe(1);
    expect(await inbox.next(never)).toHaveLength(4);
    expect(inbox.full).toBe(true);
    deliver(1, large);
    expect(await inbox.next(never)).toHaveLength(1);
    expect([inbox.full, admitted()]).toEqual([false, 6]);
  });

  it("takes in one message that is larger than all it may hold", async () => {
    const { inbox, deliver, admitted } = inboxOf(1000);
    deliver(1, Buffer.alloc(LARGEST_SUM + 1));
    expect(await inbox.next(never)).toHaveLength(1);
    deliver();
    expect(await inbox.next(never)).toHaveLength(1);
    expect(admitted()).toBe(2);
  });

  it("hands out at most a batch at a time, in order", async () => {
    const { inbox, deliver } = inboxOf(10_000);
    for (let i = 0; i < LARGEST_BATCH + 10; i++) deliver(1, Buffer.from(String(i)));
    const sizes = [await inbox.next(never), await inbox.next(never)];
    expect(sizes.map((batch) => batch.length)).toEqual([LARGEST_BATCH, 10]);
    expect(sizes.flat().map(({ payload }) => Number(Buffer.from(payload).toString()))).toEqual(
      Array.from({ length: LARGEST_BATCH + 10 }, (_, i) => i),
    );
  });

  it("lets everyone go once its reader has gone", () => {
    const { inbox, deliver, admitted } = inboxOf(1);
    deliver();
    expect(admitted()).toBe(0);
    inbox.close();
    deliver();
    expect([admitted(), inbox.full]).toEqual([2, false]);
  });

  it("ends with an error after what came before it", async () => {
    const { inbox, deliver } = inboxOf(10);
    deliver();
    inbox.fail(new Error("refused"));
    expect(await inbox.next(never)).toHaveLength(1);
    await expect(inbox.next(never)).rejects.toThrow("refused");
  });
});
