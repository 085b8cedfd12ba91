import { assemblersOperations } from './assemblers.ts';
import type { Operation } from './operation.ts';
import { registryOperations } from './registry.ts';
import { tagsOperations } from './tags.ts';

export * from './assemblers.ts';
export * from './operation.ts';
export * from './registry.ts';
export * from './tags.ts';

/** Every HTTP operation of the farm. */
export const allOperations: readonly Operation[] = [
  ...Object.values<Operation>(tagsOperations),
  ...Object.values<Operation>(assemblersOperations),
  ...Object.values<Operation>(registryOperations),
];
