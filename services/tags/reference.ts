import type { ReferenceKind } from '@muster/contracts';

/** The id of a record held elsewhere, in canonical form: a UUID or slug, or an integer. */
export type Ref = string | number;

/** A record that a tag may be attached to. */
export type Reference = { readonly kind: ReferenceKind; readonly ref: Ref };

/**
 * What this service knows of a reference. `label` is the name its owner shows it by; `born` is the version at which its
 * present life began, by which a tagging from an earlier life is told from one of this life.
 */
export type KnownReference = {
  readonly live: boolean;
  readonly v: number;
  readonly born: number;
  readonly label: string | null;
};

/** One kind of reference: where its records are found, what they are called by, and how its ids are written. */
export type KindRow = {
  readonly plural: string;
  readonly labelField: string;
  readonly href: (ref: Ref) => string;
  /** Reads an id as an address or a body gives it; undefined when no record of this kind can have it. */
  readonly parse: (given: Ref) => Ref | undefined;
};

const uuidParts = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/;

function parseInteger(given: Ref): number | undefined {
  if (typeof given === 'number') return given;
  const number = Number(given);
  return /^[0-9]+$/.test(given) && Number.isSafeInteger(number) && String(number) === given
    ? number
    : undefined;
}

function parseAgentId(given: Ref): Ref | undefined {
  const parts = uuidParts.exec(String(given).toLowerCase());
  return parts === null ? parseInteger(given) : parts.slice(1).join('-');
}

/** Every kind of reference; a further kind is a further row. */
export const kinds: Readonly<Record<ReferenceKind, KindRow>> = {
  agent: {
    plural: 'agents',
    labelField: 'hostname',
    href: (ref) => `/api/v1/agents/${ref}`,
    parse: parseAgentId,
  },
  job: {
    plural: 'jobs',
    labelField: 'title',
    href: (ref) => `/api/v1/jobs/${ref}`,
    parse: parseInteger,
  },
  assembler: {
    plural: 'assemblers',
    labelField: 'name',
    href: (ref) => `/v1/assemblers/${ref}.json`,
    parse: (given) => (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(String(given)) ? String(given) : undefined),
  },
};

/** The key of a reference in the read model, unique over all kinds. */
export const referenceKey = ({ kind, ref }: Reference): string => `${kind}:${ref}`;
