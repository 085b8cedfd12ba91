/** What a test sends besides method and address. `token` null: none; left off: the one that `asker` was given. */
export interface Asked {
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>> | FormData;
  /** A body as it is; its type goes into `headers`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string | null;
}

/** What came back; `body` is undefined where there was none. */
export interface Replied {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever JSON came and says what it expects.
  readonly body: any;
}

/** Asks a service, `ask('POST /v1/assemblers.json', { json: {…} })`. */
export type Ask = (line: string, asked?: Asked) => Promise<Replied>;

/** Makes the asker of one service for tests. */
export const asker =
  (url: string, token: string): Ask =>
  async (line, asked = {}) => {
    const [method = 'GET', path = '/'] = line.split(/ (.*)/, 2);
    const bearer = asked.token === undefined ? token : asked.token;
    const headers = {
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(asked.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...asked.headers,
    };
    const body = bodyOf(asked);
    const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  };

function bodyOf({
  json,
  form,
  raw,
}: Asked): string | FormData | URLSearchParams | Uint8Array<ArrayBuffer> | undefined {
  if (json !== undefined) return JSON.stringify(json);
  if (form instanceof FormData) return form;
  return form === undefined ? raw : new URLSearchParams(form);
}
