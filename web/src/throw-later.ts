/** Reports an error that the caller's own code threw as uncaught, without disturbing what runs now. */
export function throwLater(error: unknown): void {
  if (typeof reportError === 'function') reportError(error);
  else {
    queueMicrotask(() => {
      throw error;
    });
  }
}
