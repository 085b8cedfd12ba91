import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

const settings = {
  PORT: { type: 'integer', minimum: 0, default: 0 },
  NATS_URL: { type: 'string', minLength: 1 },
  OPEN: { type: 'boolean', default: false },
} as const;

describe('readConfig()', () => {
  test('reads typed values, with defaults for what is left out', () => {
    expect(readConfig(settings, { PORT: '80', NATS_URL: 'nats://x', OPEN: 'true', OTHER: 'x' })).toEqual({
      PORT: 80,
      NATS_URL: 'nats://x',
      OPEN: true,
    });
    expect(readConfig(settings, { NATS_URL: 'x' })).toEqual({ PORT: 0, NATS_URL: 'x', OPEN: false });
  });
  test('names everything that is wrong at once', () => {
    expect(() => readConfig(settings, { PORT: 'x', OPEN: 'maybe' })).toThrow(/NATS_URL.*PORT.*OPEN/s);
  });
});
