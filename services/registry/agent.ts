import { type Agent, AppError, type RegisterAgent } from '@muster/contracts';
import { canonicalId } from './record.ts';

/**
 * The id that a registration gives, in canonical form; undefined when it gives none.
 *
 * @throws {AppError} `invalid_argument` when it is no UUID.
 */
export function givenId({ id }: RegisterAgent): string | undefined {
  if (id === undefined) return undefined;
  const canonical = canonicalId(id);
  if (canonical === undefined) throw new AppError('invalid_argument', 'field.id', { field: 'id' });
  return canonical;
}

/** A new agent: online unless said otherwise, null for what is not known of it. */
export const newAgent = (id: string, given: RegisterAgent): Agent => ({
  id,
  hostname: given.hostname,
  port: given.port ?? null,
  ram: given.ram ?? null,
  free_ram: given.free_ram ?? null,
  cpus: given.cpus ?? null,
  remote_ip: given.remote_ip ?? null,
  state: given.state ?? 'online',
});

/** The fields that a registration changes of an agent that is there: those it gives. */
export function changesOf({ id: _id, ...fields }: RegisterAgent): Partial<Agent> {
  return fields;
}
