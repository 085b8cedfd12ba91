import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What a process logs that runs these statements with a log at hand. */
function logged(statements: string): string[] {
  const module = join(import.meta.dirname, 'log.ts');
  const program = `import { openLog } from ${JSON.stringify(module)}; const log = openLog('test', 'info'); ${statements}`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  return stdout.trim().split('\n');
}

test('a log is one JSON object a line, whatever is in it', () => {
  const [line = '', ...others] = logged(
    `log.info({ path: 'a\\nb\\u2028"' }, 'two\\nlines'); log.debug('not told');`,
  );
  expect(others).toEqual([]);
  expect(JSON.parse(line)).toMatchObject({
    level: 30,
    service: 'test',
    path: 'a\nb\u2028"',
    msg: 'two\nlines',
  });
  expect(JSON.parse(line).time).toMatch(/^\d{4}-\d\d-\d\dT/);
});

test('a token is not in the log, wherever it is handed over', () => {
  const text = logged(`
    const authorization = 'Bearer muster_secret';
    log.info({ authorization, token: 'muster_secret' }, 'a');
    log.info({ headers: { authorization }, request: { authorization } }, 'b');
  `).join();
  expect(text).not.toContain('muster_secret');
  expect(text.match(/\[redacted\]/g)).toHaveLength(4);
});
