import type { Log } from "../../component/context.js";
import { ConfigError, messageOf } from "../../component/errors.js";
import type { CheckpointFiles } from "./file.js";
import type { Checkpoint } from "./read-file.js";

/**
 * The newest checkpoint of a pipeline in a folder that can be read; those that cannot are set aside. Undefined where there is
 * none. Throws ConfigError where another version of the program wrote it.
 */
export async function newest(files: CheckpointFiles, pipeline: string, log: Log): Promise<Checkpoint | undefined> {
  let broken = false;
  for (const epoch of await files.epochs()) {
    try {
      return await files.read(epoch);
    } catch (cause) {
      if (cause instanceof ConfigError) throw cause;
      // Another process has let go of it meanwhile.
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") continue;
      const found = { pipeline, epoch, cause: messageOf(cause) };
      log.error("checkpoint cannot be read, it is set aside and the one before is taken", found);
      await files.setAside(epoch);
      broken = true;
    }
  }
  if (broken) log.error("no checkpoint is left, all that the journal holds is worked through", { pipeline });
  return undefined;
}
