import { anyUuid, type FromSchema, nullable, type ObjectSchema, text, uuid } from '../schema.ts';

const port = { type: 'integer', minimum: 1, maximum: 65535 } as const;
const amount = { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 } as const;
const agentState = { type: 'string', enum: ['online', 'offline', 'running', 'disabled'] } as const;

/** A machine of the farm; fields and sizes as in pyfarm, `ram` and `free_ram` in MiB. */
export const agentSchema = {
  type: 'object',
  properties: {
    id: uuid,
    hostname: text(255),
    port: nullable(port),
    ram: nullable(amount),
    free_ram: nullable(amount),
    cpus: nullable(amount),
    remote_ip: nullable(text(45)),
    state: agentState,
  },
  required: ['id', 'hostname', 'state'],
  additionalProperties: true,
} as const satisfies ObjectSchema;

/** A machine of the farm, as its owner holds and publishes it. */
export type Agent = FromSchema<typeof agentSchema>;

/** What registers an agent, or changes the one whose `id` is given, in any spelling. */
export const registerAgentSchema = {
  type: 'object',
  properties: { ...agentSchema.properties, id: anyUuid },
  required: ['hostname'],
  additionalProperties: false,
} as const satisfies ObjectSchema;

/** The command that registers or changes an agent. */
export type RegisterAgent = FromSchema<typeof registerAgentSchema>;
