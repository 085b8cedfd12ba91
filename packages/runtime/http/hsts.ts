/**
 * What tells a browser to come by TLS only for the next year; sent over TLS alone, since nobody may believe it otherwise. Not for
 * `localhost`: there it would shut out whatever else the machine serves without TLS.
 */
export const strictTransport = (host: string | undefined): Readonly<Record<string, string>> =>
  host === undefined || /^localhost(:|$)/i.test(host)
    ? {}
    : { 'Strict-Transport-Security': 'max-age=31536000' };
