import { randomUUID } from 'node:crypto';

/** The request's id: the client's own where it is fit for a log line, else a new one. */
export const requestIdOf = (header: string | undefined): string =>
  header !== undefined && /^[A-Za-z0-9._-]{1,64}$/.test(header) ? header : randomUUID();

/** The client's W3C `traceparent` where it is well-formed, else the start of a new trace. */
export const traceparentOf = (header: string | undefined): string =>
  header !== undefined && /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(header)
    ? header
    : `00-${hexDigits()}-${hexDigits().slice(0, 16)}-00`;

/** 32 of them. UUIDs come from a pool of randomness, which makes them several times cheaper than bytes asked for one by one. */
const hexDigits = (): string => randomUUID().replaceAll('-', '');
