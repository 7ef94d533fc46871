// One request to the server, with a deadline: JSON in, JSON out, and one kind of error for all that can fail.

/** A request that brought no usable answer. `status` is the HTTP status, 0 if there was none. */
export class ServiceError extends Error {
  constructor(message, status, code) {
    super(message);
    this.name = "ServiceError";
    this.status = status;
    this.code = code;
  }

  /** True when the server itself is at fault or out of reach, not this one request. */
  get isSilence() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/**
 * The JSON that the server answers at `path`: to a POST of `body`, or without one to a GET. `timeout`: in
 * milliseconds. Throws ServiceError.
 */
export async function request(path, { body, timeout }) {
  const options = { signal: AbortSignal.timeout(timeout) };
  if (body) {
    options.method = "POST";
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    const response = await fetch(path, options);
    answer = { ok: response.ok, status: response.status, json: await response.json() };
  } catch (error) {
    throw new ServiceError(`no answer to ${path}: ${error.message}`, 0, "silent");
  }
  if (answer.ok) return answer.json;
  const { code = "unknown", message = "no message" } = answer.json?.error ?? {};
  throw new ServiceError(`${path}: ${message}`, answer.status, code);
}
