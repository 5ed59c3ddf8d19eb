import { type MonoTypeOperatorFunction, Observable, type Subscriber } from "rxjs";

/**
 * A way into a stream for what does not come by its source. It costs the stream nothing: what flows there is handed
 * on by nobody in between.
 */
export class Inlet<T> {
  #stream: Subscriber<T> | undefined;

  /** False before the stream flows, and when it has ended. */
  get flows(): boolean {
    return this.#stream?.closed === false;
  }

  /** False where the stream does not flow. Not to be called in the middle of it. */
  put(given: T): boolean {
    if (!this.flows) return false;
    this.#stream!.next(given);
    return true;
  }

  beside(): MonoTypeOperatorFunction<T> {
    return (stream) =>
      new Observable((subscriber) => {
        this.#stream = subscriber;
        return stream.subscribe(subscriber);
      });
  }
}
