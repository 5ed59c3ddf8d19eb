/** What one of them gave next, or that it ended. */
interface Turn<T> {
  readonly one: AsyncGenerator<T>;
  readonly result: IteratorResult<T, unknown>;
}

/**
 * What several give, each in its own order and one against another as it comes. Holds one value of each at most and takes
 * the next when that one has been used, so whoever has much does not keep those waiting who have little. Throws what one of
 * them throws. Ends at once when `stop` aborts, and not before: what they still do then is not waited for.
 */
export async function* merge<T>(all: readonly AsyncGenerator<T>[], stop: AbortSignal): AsyncGenerator<T> {
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
      const turn = ready.shift();
      if (turn === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else if (!turn.result.done) {
        yield turn.result.value;
        void take(turn.one);
      }
    }
  } finally {
    stop.removeEventListener("abort", woken);
    // One that waits for a server may fail now; nobody wants its value any more.
    for (const one of all) one.return(undefined).catch(() => undefined);
  }
}
