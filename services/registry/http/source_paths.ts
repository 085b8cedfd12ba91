import type { AddSourcePath, SourcePath } from '@muster/contracts';
import { type Counted, type Handler, pageAnswer, pageAsked, revisionsAsked } from '@muster/runtime';
import { type AddSourcePathDeps, addSourcePath } from '../add_source_path.ts';
import { canonicalId, type Find } from '../record.ts';
import { type RemoveDeps, removeRecord } from '../remove_record.ts';
import { oneAnswer, removed, unknown } from './record_answers.ts';

/** What the operations on source paths need. */
export type SourcePathDeps = AddSourcePathDeps &
  RemoveDeps<SourcePath, string> & {
    readonly find: Find<SourcePath, string>;
    readonly page: (asked: { skip: number; limit: number }) => Promise<Counted<SourcePath>>;
  };

/** Makes the handlers of the operations on source paths. */
export const sourcePathHandlers = (deps: SourcePathDeps) =>
  ({
    listSourcePaths: async (request) => {
      const asked = pageAsked(request);
      return pageAnswer(request, asked, await deps.page({ skip: asked.skip, limit: asked.perPage }));
    },

    addSourcePath: async ({ input, origin }) => {
      const doc = await addSourcePath({ given: input<AddSourcePath>(), origin }, deps);
      return { status: 200, body: doc.state, revision: doc.v };
    },

    getSourcePath: async ({ params: { id = '' } }) => {
      const canonical = canonicalId(id);
      return oneAnswer('source_path', id, canonical === undefined ? undefined : await deps.find(canonical));
    },

    removeSourcePath: async (request) => {
      const { params, origin, ifMatch } = request;
      const text = params.id ?? '';
      const id = canonicalId(text);
      // Unknown is said before the precondition: a request that fails anyway has none (RFC 9110, 13.2.1).
      if (id === undefined) throw unknown('source_path', text);
      const burial = await removeRecord(
        { kind: 'source_path', id, revisions: revisionsAsked(ifMatch), origin },
        deps,
      );
      if (burial.outcome === 'missing') throw unknown('source_path', text);
      return oneAnswer('source_path', text, removed(request, burial));
    },
  }) satisfies Record<string, Handler>;
