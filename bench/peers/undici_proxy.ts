/**
 * The floor of gateways in Node: `node:http` and undici's `dispatch`, for bodiless requests, without back-pressure, time limits or care for
 * clients that hang up.
 *
 * @module
 */
import { createServer } from 'node:http';
import { Pool } from 'undici';

const { PORT, UPSTREAM_URL = '' } = process.env;
const pool = new Pool(UPSTREAM_URL);

createServer((request, response) => {
  const { connection: _, 'keep-alive': __, host: ___, ...headers } = request.headers;
  pool.dispatch(
    { method: request.method ?? 'GET', path: request.url ?? '/', headers },
    {
      onRequestStart() {},
      onResponseStart(_controller, status, received) {
        const { connection: _, 'keep-alive': __, ...kept } = received;
        response.writeHead(status, kept);
      },
      onResponseData: (_controller, piece) => void response.write(piece),
      onResponseEnd: () => void response.end(),
      onResponseError: () => void response.destroy(),
    },
  );
}).listen(Number(PORT), '127.0.0.1');
