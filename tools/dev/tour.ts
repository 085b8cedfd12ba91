import { randomBytes } from 'node:crypto';
import { isAbsolute, relative } from 'node:path';
import type { BackService } from './services.ts';

/** What the tour needs to know of a farm. */
export interface TourOptions {
  readonly url: string;
  readonly tokenFile: string;
  /** The certificate to trust, where the farm serves HTTPS. */
  readonly certFile?: string | undefined;
  readonly services: readonly BackService[];
  /** The folder in which the commands will be pasted. */
  readonly from: string;
}

interface Step {
  readonly needs: readonly BackService[];
  readonly command: (farm: { url: string; token: string; name: string }) => string;
}

const json = "-H 'Content-Type: application/json'";

/** The first three whose services run are shown. */
const steps: readonly Step[] = [
  {
    needs: ['assemblers'],
    command: ({ url, token, name }) =>
      `curl -X POST ${url}/v1/assemblers.json -H "Authorization: Bearer $(cat ${token})" ` +
      `-d slug=${name} -d 'name=Assembler ${name}' -d host=${name}.example.org`,
  },
  {
    needs: ['tags'],
    command: ({ url, name }) => `curl -X POST ${url}/api/v1/tags/ ${json} -d '{"tag":"hall ${name}"}'`,
  },
  {
    needs: ['tags', 'assemblers'],
    command: ({ url, name }) =>
      `curl -X POST ${url}/api/v1/tags/hall%20${name}/assemblers/ ${json} -d '{"assembler_slug":"${name}"}'`,
  },
  {
    needs: ['registry'],
    command: ({ url, name }) =>
      `curl -X POST ${url}/api/v1/agents/ ${json} -d '{"hostname":"${name}.example.org"}'`,
  },
  { needs: ['registry'], command: ({ url }) => `curl ${url}/api/v1/agents/` },
  { needs: ['tags'], command: ({ url }) => `curl ${url}/api/v1/tags/` },
  { needs: ['assemblers'], command: ({ url }) => `curl ${url}/v1/assemblers.json` },
];

/**
 * Three commands to paste: with every service, an assembler, a tag, and the one attached to the other. A new name at every start,
 * so that they also work on kept data.
 */
export function tourCommands({ url, tokenFile, certFile, services, from }: TourOptions): string[] {
  const name = `demo-${randomBytes(2).toString('hex')}`;
  const token = shellWord(nearest(tokenFile, from));
  const possible = steps.filter(({ needs }) => needs.every((service) => services.includes(service)));
  const trusted = certFile === undefined ? 'curl ' : `curl --cacert ${shellWord(nearest(certFile, from))} `;
  return possible
    .slice(0, 3)
    .map(({ command }) => command({ url, token, name }).replace(/^curl /, () => trusted));
}

/** A path as seen from a folder: relative inside of it, absolute elsewhere. */
export function nearest(path: string, from: string): string {
  const short = relative(from, path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
