import type { Assembler, assemblersOperations, ChangeAssembler, CreateAssembler } from '@muster/contracts';
import {
  type Answer,
  type Counted,
  checkIfMatch,
  type Handler,
  pageAnswer,
  pageAsked,
  revisionsAsked,
  revisionTag,
} from '@muster/runtime';
import { type HeldAssembler, unknownAssembler } from '../assembler.ts';
import { type ChangeAssemblerDeps, changeAssembler } from '../change_assembler.ts';
import { type CreateAssemblerDeps, createAssembler } from '../create_assembler.ts';
import { type DestroyAssemblerDeps, destroyAssembler } from '../destroy_assembler.ts';

/** What the operations on assemblers need. */
export type AssemblerDeps = CreateAssemblerDeps &
  ChangeAssemblerDeps &
  DestroyAssemblerDeps & {
    readonly find: (slug: string) => Promise<HeldAssembler | undefined>;
    /** Some of the living ones by slug, and how many there are. */
    readonly page: (asked: { skip: number; limit: number }) => Promise<Counted<Assembler>>;
  };

const recordAnswer = ({ state, v }: HeldAssembler): Answer => ({ status: 200, body: state, revision: v });

/** Makes the handlers of the operations on assemblers. */
export const assemblerHandlers = (
  deps: AssemblerDeps,
): Record<keyof typeof assemblersOperations, Handler> => ({
  listAssemblers: async (request) => {
    const asked = pageAsked(request);
    return pageAnswer(request, asked, await deps.page({ skip: asked.skip, limit: asked.perPage }));
  },

  createAssembler: async ({ input, origin }) =>
    recordAnswer(await createAssembler({ given: input<CreateAssembler>(), origin }, deps)),

  getAssembler: async ({ params: { slug = '' } }) => {
    const doc = await deps.find(slug);
    if (doc === undefined) throw unknownAssembler(slug);
    return recordAnswer(doc);
  },

  changeAssembler: async ({ params: { slug = '' }, input, ifMatch, origin }) => {
    const given = input<ChangeAssembler>();
    const revisions = revisionsAsked(ifMatch);
    const { outcome, doc } = await changeAssembler({ slug, given, revisions, origin }, deps);
    if (outcome === 'refused') checkIfMatch(ifMatch, revisionTag(doc.v));
    if (outcome === 'changed') return recordAnswer(doc);
    return { status: 204, headers: { ETag: revisionTag(doc.v) } };
  },

  destroyAssembler: async ({ params: { slug = '' }, ifMatch, origin }) => {
    const revisions = revisionsAsked(ifMatch);
    const { outcome, doc } = await destroyAssembler({ slug, revisions, origin }, deps);
    if (outcome === 'refused') checkIfMatch(ifMatch, revisionTag(doc.v));
    return recordAnswer(doc);
  },
});
