import { Agent, type OutgoingHttpHeaders, request } from 'node:http';

/** A request as it goes over the wire: the path raw, nothing added but `Host`, `Connection` and the body's length. */
export interface Asked {
  readonly method: string;
  /** The path with its query, exactly as it is sent. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

/** An answer as it came; `body` is its JSON value, undefined when it is none. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends one request to the server at `origin`. Unlike `fetch` it neither resolves `..`, adds fields, nor follows anything. */
export function exchange(origin: string, { method, path, headers, body }: Asked): Promise<Answer> {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(
      origin,
      { agent, method, path, headers: { ...length, ...headers }, timeout: 20_000 },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const type = response.headers['content-type'] ?? '';
          resolve({
            status: response.statusCode ?? 0,
            headers: headersOf(response.rawHeaders),
            text,
            body: /^application\/(?:problem\+)?json/.test(type) && text !== '' ? JSON.parse(text) : undefined,
          });
        });
      },
    );
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer within 20 s`)));
    sent.end(body);
  });
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '');
  return headers;
}
