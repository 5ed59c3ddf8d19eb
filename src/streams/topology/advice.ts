import type { Context, ResourceKey } from "../component/context.js";
import type { Definition, NodeView } from "../component/definition.js";
import { ConfigError } from "../component/errors.js";
import { type Draft, openLinks } from "./draft.js";
import type { Problems } from "./problem.js";
import { typeOf } from "./record-types.js";
import { follow, locate } from "./tree.js";

/** What was looked up before compiling, by the key that components ask with: the cards of models, say. */
export type Known = ReadonlyMap<ResourceKey<unknown>, unknown>;

/** Asks every component what it knows about its place in the graph. Drafts are those whose inputs are all in order. */
export function takeAdvice(drafts: readonly Draft[], known: Known, problems: Problems): void {
  const sound = drafts.filter(isSound);
  const views = new Map(sound.map((draft) => [draft, new View(draft, known)]));
  for (const view of views.values()) view.connect(views);
  for (const [draft, view] of views) advise(draft, view, problems);
}

function isSound({ definition, options, sides }: Draft): boolean {
  return definition !== undefined && options !== undefined && sides !== undefined;
}

function advise({ name, at, tree, definition, options }: Draft, view: NodeView, problems: Problems): void {
  try {
    for (const { severity, message, path = [] } of definition!.advise?.(options!.value, view) ?? []) {
      const place = path.length > 0 && follow(tree, path.slice(0, 1)) ? locate(tree, path) : at;
      if (severity === "error") problems.error(place, message, name);
      else problems.warn(place, message, name);
    }
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    problems.error(at, cause.message, name);
  }
}

/** Neighbours are worked out when someone asks: few components do, and all pairs of a large graph are many. */
class View implements NodeView {
  readonly name: string;
  readonly definition: Definition;
  readonly options: unknown;
  all: readonly View[] = [];
  #before: readonly View[] = [];
  readonly #behind: View[] = [];

  readonly #known: Known;

  constructor(
    readonly draft: Draft,
    known: Known,
  ) {
    this.#known = known;
    this.name = draft.name;
    this.definition = draft.definition!;
    this.options = draft.options!.value;
  }

  connect(views: ReadonlyMap<Draft, View>): void {
    this.all = [...views.values()];
    this.#before = openLinks(this.draft).flatMap(({ to }) => views.get(to) ?? []);
    for (const view of this.#before) view.#behind.push(this);
  }

  get inputs(): Context["inputs"] {
    return openLinks(this.draft).map((link) => ({ node: link.to.name, type: typeOf(link)! }));
  }

  get upstream(): readonly NodeView[] {
    return reach(this, (view) => view.#before);
  }

  get downstream(): readonly NodeView[] {
    return reach(this, (view) => view.#behind);
  }

  known<T>(key: ResourceKey<T>): T | undefined {
    return this.#known.get(key) as T | undefined;
  }
}

function reach(start: View, next: (view: View) => readonly View[]): View[] {
  const reached = new Set<View>();
  const open = [...next(start)];
  for (let view = open.shift(); view; view = open.shift()) {
    if (reached.has(view)) continue;
    reached.add(view);
    open.push(...next(view));
  }
  return [...reached];
}
