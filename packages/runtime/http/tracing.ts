import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a request is known by: its id, and its W3C `traceparent`. */
export type Trace = { readonly requestId: string; readonly traceparent: string };

/**
 * The client's own id and trace where they are well-formed, the id so that it is fit for a log line; else new ones, of one UUID, so that
 * who knows one of them finds the other.
 */
export function traceOf(headers: IncomingHttpHeaders): Trace {
  const { traceparent } = headers;
  const id = headers['x-request-id'] as string | undefined;
  const hasId = id !== undefined && /^[A-Za-z0-9._-]{1,64}$/.test(id);
  const hasTrace =
    typeof traceparent === 'string' &&
    /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent);
  if (hasId && hasTrace) return { requestId: id, traceparent };
  const fresh = randomUUID();
  return { requestId: hasId ? id : fresh, traceparent: hasTrace ? traceparent : traceFrom(fresh) };
}

function traceFrom(uuid: string): string {
  const digits = uuid.replaceAll('-', '');
  return `00-${digits}-${digits.slice(16)}-00`;
}
