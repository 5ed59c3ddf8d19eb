import type { Writable } from "node:stream";
import { z } from "zod";
import { defineSink } from "../../streams/component/define.js";
import type { Sink } from "../../streams/component/definition.js";
import { FatalError } from "../../streams/component/errors.js";
import { jsonLine, textLine } from "./lines.js";

const Options = z.strictObject({
  format: z.enum(["text", "json"]).default("text").meta({ description: "A line to read, or one JSON object a line." }),
  every: z
    .int()
    .min(1)
    .default(1)
    .meta({ description: "Prints the first record and then every so many-th, to look into a fast stream." }),
});
type Options = z.output<typeof Options>;

/**
 * Prints records to standard output, one line each: to look into a pipeline, or to feed another program. Waits for a slow
 * reader; when the reader goes away the run ends. A batch that is written twice is printed twice.
 */
export const terminal = defineSink({
  type: "console",
  summary: "Prints records to standard output.",
  options: Options,
  examples: [{}, { format: "json", every: 100 }],
  accepts: "any",
  reaches: "terminal",
  buffer: () => ({ size: 256, wait: 50, limit: 4096, overflow: "block" }),
  open: (options) => printTo(process.stdout, options),
});

/** Prints to any stream; never ends it. */
export function printTo(stream: Writable, { format, every }: Options): Sink<unknown> {
  const line = format === "json" ? jsonLine : textLine;
  let seen = 0;
  // Without a listener a closed pipe would end the process from within.
  const ignore = () => undefined;
  stream.on("error", ignore);
  return {
    async write(batch) {
      const text = batch.filter(() => seen++ % every === 0).map(line);
      if (text.length > 0) await written(stream, text.join(""));
      return undefined;
    },
    close() {
      stream.off("error", ignore);
      return Promise.resolve();
    },
  };
}

function written(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error) reject(new FatalError(`nobody reads standard output any more: ${error.message}`, { cause: error }));
      else resolve();
    });
  });
}
