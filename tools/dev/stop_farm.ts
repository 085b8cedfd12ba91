import type { Handle } from './process_handle.ts';

const servers = ['nats-server', 'mongod'];

/** Ends processes in order: first the gateway, whom clients call, then the services together, then the servers they call. */
export async function stopFarm(
  processes: Readonly<Record<string, Handle>>,
  say: (line: string) => void,
): Promise<void> {
  const services = Object.keys(processes).filter((name) => name !== 'gateway' && !servers.includes(name));
  for (const group of [['gateway'], services, ...servers.map((name) => [name])]) {
    const handles = group.flatMap((name) => processes[name] ?? []);
    await Promise.all(
      handles.map(async (handle) => {
        await handle.stop();
        say(`${handle.name} has ended`);
      }),
    );
  }
}
