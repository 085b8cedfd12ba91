/**
 * What holds of every input, by name.
 *
 * @module
 */
import type { Property } from '../world.ts';
import { addresses } from './addresses.ts';
import { agentIds } from './agent_ids.ts';
import { assemblerArguments, pageArguments } from './arguments.ts';
import { bodies } from './bodies.ts';
import { headers } from './headers.ts';
import { recordNames } from './record_names.ts';
import { tagNames } from './tag_names.ts';

/** Every property, by the name that `--only` takes. */
export const properties: Readonly<Record<string, Property>> = {
  addresses,
  agent_ids: agentIds,
  assembler_arguments: assemblerArguments,
  bodies,
  headers,
  page_arguments: pageArguments,
  record_names: recordNames,
  tag_names: tagNames,
};
