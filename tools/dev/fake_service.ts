import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh folder that is gone when the test is (`await using`). */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'muster-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Writes a stand-in for a service: `/readyz` answers 200 and every other address the process's environment. */
export async function writeFakeService(folder: string): Promise<string> {
  const file = join(folder, 'fake_service.mjs');
  await writeFile(
    file,
    `import { createServer } from 'node:http';
console.log('fake service, process', process.pid);
createServer((request, response) => {
  response.end(request.url === '/readyz' ? 'ready' : JSON.stringify(process.env));
}).listen(Number(process.env.PORT), process.env.HOST);
`,
  );
  return file;
}

/** Writes a stand-in that complains and ends with code 3. */
export async function writeDyingService(folder: string): Promise<string> {
  const file = join(folder, 'dying_service.mjs');
  await writeFile(file, "console.error('the cellar is flooded');\nprocess.exit(3);\n");
  return file;
}

/** Whether a process with this id lives. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
