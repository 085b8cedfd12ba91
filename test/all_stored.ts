import { afterEach, beforeAll, expect } from 'vitest';
import type { CheckedFetch } from './checked_fetch.ts';
import type { Answer } from './http_exchange.ts';

/** Sees, after each test of the file, that nothing was stored by it and that every service is ready. */
export function expectNothingStored(fetch: CheckedFetch): void {
  let before: string[] = [];
  beforeAll(async () => {
    before = await allStored(fetch);
  });
  afterEach(async () => {
    expect(await allStored(fetch)).toEqual(before);
    await expectReady(fetch);
  });
}

/** All that is stored, as its owners answer it: equal before and after where nothing was. */
async function allStored(fetch: CheckedFetch): Promise<string[]> {
  const texts = [];
  for (const path of ['/api/v1/tags/', '/api/v1/agents/', '/api/v1/jobs/']) {
    texts.push((await fetch('GET', path)).text);
  }
  for (const path of ['/v1/assemblers.json', '/v1/source_paths.json']) {
    for (let page = 1; ; page += 1) {
      const { status, text } = await fetch('GET', `${path}?per_page=50&page=${page}`);
      texts.push(text);
      if (status === 200) break;
    }
  }
  return texts;
}

/** Sees that every service is ready. */
async function expectReady(fetch: CheckedFetch): Promise<void> {
  const { body } = await fetch('GET', '/readyz');
  expect(body).toEqual({ status: 'ready', tags: 'ok', assemblers: 'ok', registry: 'ok' });
}

/** The text of a refusal, in either API's manner. */
export function refusalText({ body }: Answer): string {
  const { error, message } = body as { error?: string; message?: string };
  return error ?? message ?? '';
}
