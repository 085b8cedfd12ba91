/**
 * The floor: `node:http` with bodies that stand ready, which BODIES_FILE gives: `{page, record}`, each `{status, headers, body}`.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

interface Ready {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const { PORT, BODIES_FILE = '' } = process.env;
const given = JSON.parse(readFileSync(BODIES_FILE, 'utf8')) as { page: Ready; record: Ready };
const ready = ({ status, headers, body }: Ready) => {
  const bytes = Buffer.from(body);
  return { status, bytes, headers: { ...headers, 'content-length': String(bytes.length) } };
};
const page = ready(given.page);
const record = ready(given.record);

createServer((request, response) => {
  if (request.url === '/readyz') {
    response.end('{"status":"ready"}');
    return;
  }
  const { status, headers, bytes } = request.url === '/v1/assemblers.json' ? page : record;
  response.writeHead(status, headers);
  response.end(bytes);
}).listen(Number(PORT), '127.0.0.1');
