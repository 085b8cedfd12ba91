import { join } from 'node:path';
import { demandFree, keptPorts, portFrom } from './ports.ts';
import { type BackService, backServices } from './services.ts';

/** The ports of all that stands behind the gateway. */
export type FarmPorts = Readonly<Record<'mongodb' | 'nats' | BackService, number>>;

/**
 * The ports of a home: those that `MONGODB_PORT`, `NATS_PORT`, `TAGS_PORT`, `ASSEMBLERS_PORT` and `REGISTRY_PORT` give, the others
 * free ones, kept from start to start.
 *
 * @throws {FarmError} when a given one is no port or is busy
 */
export async function farmPorts(home: string, env: NodeJS.ProcessEnv): Promise<FarmPorts> {
  const names = ['mongodb', 'nats', ...backServices] as const;
  const given: Partial<Record<(typeof names)[number], number>> = {};
  for (const name of names) {
    const variable = `${name.toUpperCase()}_PORT`;
    const port = portFrom(variable, env);
    if (port === undefined) continue;
    await demandFree(port, variable);
    given[name] = port;
  }
  return await keptPorts(join(home, 'ports.json'), names, given);
}
