import { readFileSync } from 'node:fs';

/**
 * Calls `gone` once when npm, which started this process, has died without a word (kill -9). Npm may have put a shell in between,
 * so that one's parent counts too. Looks twice a second and keeps nothing alive.
 */
export function watchParent(gone: () => void, every = 500): void {
  const before = parents();
  const timer = setInterval(() => {
    if (parents() === before) return;
    clearInterval(timer);
    gone();
  }, every);
  timer.unref();
}

function parents(): string {
  const parent = process.ppid;
  const { command, above } = look(parent);
  return ['sh', 'bash', 'dash'].includes(command) ? `${parent} ${above}` : String(parent);
}

/** A process's command and parent; both empty where there is no /proc. */
function look(pid: number): { command: string; above: string } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const close = stat.lastIndexOf(')');
    return {
      command: stat.slice(stat.indexOf('(') + 1, close),
      above: stat.slice(close + 2).split(' ')[1] ?? '',
    };
  } catch {
    return { command: '', above: '' };
  }
}
