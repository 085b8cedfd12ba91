/**
 * The peer: http-proxy-3 before UPSTREAM_URL, with connections kept alive.
 *
 * @module
 */
import { Agent, createServer } from 'node:http';
import { createProxyServer } from 'http-proxy-3';

const { PORT, UPSTREAM_URL = '' } = process.env;
const proxy = createProxyServer({ target: UPSTREAM_URL, agent: new Agent({ keepAlive: true }) });

createServer((request, response) => proxy.web(request, response)).listen(Number(PORT), '127.0.0.1');
