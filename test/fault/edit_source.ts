/**
 * Loaded before a service (`--import`), it switches one safeguard off, named by `FAULT_TOOTH`: the source of the service is changed as
 * it is loaded. The files stay as they are.
 *
 * @module
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { applyEdits, repository, teeth } from './teeth.ts';

const { edits } = teeth[process.env.FAULT_TOOTH ?? ''] ?? { edits: [] };
const byUrl = Map.groupBy(edits, ({ file }) => pathToFileURL(`${repository}${file}`).href);

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const here = byUrl.get(url);
    if (here === undefined) return loaded;
    return { ...loaded, source: applyEdits(String(loaded.source), here), shortCircuit: true };
  },
});
