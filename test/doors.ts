import { inject } from 'vitest';

/** A process of the farm, with an address of its that takes a write and one that is read. */
export interface Door {
  readonly name: string;
  readonly origin: string;
  readonly write: string;
  readonly read: string;
}

const addresses: Readonly<Record<string, Pick<Door, 'write' | 'read'>>> = {
  gateway: { write: '/api/v1/tags/', read: '/api/v1/tags/schema' },
  tags: { write: '/api/v1/tags/', read: '/api/v1/tags/schema' },
  assemblers: { write: '/v1/assemblers.json', read: '/v1/assemblers.json' },
  registry: { write: '/api/v1/jobs/', read: '/api/v1/jobs/?limit=1' },
};

/** Every process of the tests' own farm that speaks HTTP, each asked by itself. */
export const doors = (): readonly Door[] =>
  Object.entries(inject('farm').services).map(([name, origin]) => {
    const address = addresses[name];
    if (address === undefined) throw new Error(`no addresses of ${name} are known`);
    return { name, origin, ...address };
  });

/** The beginning of a write that may be done: its request line and the fields that every one of them needs. */
export const writeTo = ({ write }: Door, path = write): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${inject('farm').token}\r\nContent-Type: application/json\r\n`;
