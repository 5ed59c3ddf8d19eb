/** What one of them gave next, or that it ended. */
interface Turn<T> {
  readonly one: AsyncGenerator<T>;
  readonly result: IteratorResult<T, unknown>;
}

/**
 * What several give, each in its own order and one against another as it comes: all that has come by now at once. Holds one
 * value of each at most and takes the next when that one has been used, so whoever has much does not keep those waiting who
 * have little. Throws what one of them throws. Ends at once when `stop` aborts, and not before: what they still do then is
 * not waited for.
 */
export async function* merge<T>(all: readonly AsyncGenerator<T>[], stop: AbortSignal): AsyncGenerator<readonly T[]> {
  const ready: Turn<T>[] = [];
  const failures: unknown[] = [];
  let wake = (): void => undefined;
  const woken = () => wake();
  const take = async (one: AsyncGenerator<T>): Promise<void> => {
    try {
      ready.push({ one, result: await one.next() });
    } catch (cause) {
      failures.push(cause);
    }
    wake();
  };
  stop.addEventListener("abort", woken);
  try {
    for (const one of all) void take(one);
    while (!stop.aborted) {
      if (failures.length > 0) throw failures[0];
      if (ready.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const turns = ready.splice(0);
      const values = turns.flatMap(({ result }) => (result.done ? [] : [result.value]));
      if (values.length > 0) yield values;
      for (const { one, result } of turns) if (!result.done) void take(one);
    }
  } finally {
    stop.removeEventListener("abort", woken);
    // One that waits for a server may fail now; nobody wants its value any more.
    for (const one of all) one.return(undefined).catch(() => undefined);
  }
}
