import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { refuse } from './parser_error.ts';

/** A listener that gets no HTTP/1.1 request without `Host` or with several, in which others may see several origins (RFC 9112, 3.2). */
export function oneHost(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): RequestListener {
  return (request, response) => {
    const { rawHeaders, httpVersion } = request;
    let hosts = 0;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at]!;
      if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
    }
    if (hosts === 1 || (hosts === 0 && httpVersion !== '1.1')) listener(request, response);
    else refuse(request.socket);
  };
}
