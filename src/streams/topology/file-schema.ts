import { z } from "zod";
import type { Definition } from "../component/definition.js";
import { check } from "./check.js";
import type { Problems } from "./problem.js";
import { type Branch, pick } from "./tree.js";

/** The sections of a pipeline file and the role of the nodes in each. */
export const SECTIONS = { sources: "source", operators: "operator", sinks: "sink" } as const satisfies Record<
  string,
  Definition["role"]
>;
export type Section = keyof typeof SECTIONS;

/** What every node may have beside the options of its component. */
export const NODE_KEYS = ["type", "from", "enabled", "unless"] as const;

const PIPELINE_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
export const NODE_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** What a pipeline file says of itself. */
export const Head = z.strictObject({
  name: z
    .string({ error: "write a name, as in name: quality" })
    .regex(PIPELINE_NAME, { error: "write a name like-this: small letters, digits and -" })
    .meta({ description: "Name of the pipeline: unique among those that run together." }),
  description: z.string().prefault("").meta({ description: "One sentence: what the pipeline is for." }),
});
export type Head = z.output<typeof Head>;

const BODY: ReadonlySet<string> = new Set([...Object.keys(SECTIONS), "tests"]);

/** Name and description, and that the file has no keys that no one reads. */
export function readHead(file: Branch, problems: Problems): Head | undefined {
  return check(
    Head,
    pick(file, (key) => !BODY.has(key)),
    { problems, alsoKnown: [...BODY] },
  )?.value;
}
