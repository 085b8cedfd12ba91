import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Opens the process's log: JSON lines on standard output, with anything that may hold a token redacted. */
export const openLog = (service: string, level: string): Logger =>
  pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['authorization', '*.authorization', 'headers.authorization', 'token'],
      censor: '[redacted]',
    },
  });
