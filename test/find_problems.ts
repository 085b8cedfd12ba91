import {
  checker,
  type Dialect,
  dialectOf,
  type ErrorCode,
  errorBodySchema,
  errorCodes,
  type OpenApiDocument,
  problemSchema,
  promisedResponse,
  type Schema,
} from '@muster/contracts';
import type { Answer, Asked } from './http_exchange.ts';

/** The addresses of an operator, which the description of the API leaves out. */
const ownAddresses = new Set(['/livez', '/readyz', '/metrics', '/openapi.json', '/asyncapi.json']);
const allCodes = Object.keys(errorCodes) as ErrorCode[];
const PROBLEM = 'application/problem+json';

/**
 * What is wrong with an answer by the description of the API and by what holds on every route; empty when nothing is. An address
 * that the description does not have, and a method that an address lacks, are held to the common refusals.
 */
export function findProblems(document: OpenApiDocument, asked: Asked, answer: Answer): string[] {
  const path = asked.path.split('?')[0] ?? '';
  const problems = [
    ...commonProblems(asked, answer),
    ...(answer.status >= 400 ? refusalProblems(path, answer) : []),
  ];
  if (ownAddresses.has(path)) return problems;
  const template = templateOf(document, path);
  const method = asked.method === 'HEAD' ? 'GET' : asked.method;
  if (template !== undefined && document.paths[template]?.[method.toLowerCase()] !== undefined) {
    problems.push(...describedProblems({ document, template, method }, asked, answer));
  } else if (answer.status < 400 && !(method === 'OPTIONS' && template !== undefined)) {
    problems.push('a success at an address or by a method that is not described');
  } else if (template !== undefined && answer.status === 404) {
    problems.push('not found, though the address is described: 405 is due');
  }
  return problems;
}

/** The template that an address fits best: `/tags/schema` before `/tags/{tag}`, `{slug}.json` before `{slug}`. */
export function templateOf(document: OpenApiDocument, path: string): string | undefined {
  const spellings = Object.entries(document.paths).flatMap(([template, item]) => {
    const further = Object.values(item)[0]?.['x-also-at'] as readonly string[] | undefined;
    return [template, ...(further ?? [])].map((spelling) => ({ template, spelling }));
  });
  const parameters = (spelling: string) => spelling.split('{').length;
  const fixed = (spelling: string) => spelling.replaceAll(/\{\w+\}/g, '').length;
  const fitting = spellings
    .filter(({ spelling }) => patternOf(spelling).test(path))
    .sort((a, b) => parameters(a.spelling) - parameters(b.spelling) || fixed(b.spelling) - fixed(a.spelling));
  return fitting[0]?.template;
}

const patternOf = (spelling: string): RegExp =>
  new RegExp(`^${spelling.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);

/** What holds on every route. */
function commonProblems({ method, headers: sent, path }: Asked, { status, headers, text }: Answer): string[] {
  const problems: string[] = [];
  const demand = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  const id = headers.get('x-request-id') ?? '';
  const own = sent['x-request-id'];
  demand(/^[A-Za-z0-9._-]{1,64}$/.test(id), `X-Request-Id is "${id}"`);
  demand(
    typeof own !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(own) || id === own,
    'X-Request-Id is not the own one',
  );
  demand(
    /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(headers.get('traceparent') ?? ''),
    'no traceparent',
  );
  demand(status !== 500, 'an internal error');
  demand(!/\bat .*\.[jt]s:\d+/.test(text), 'a stack in the answer');
  demand(!(method === 'HEAD' || status === 204 || status === 304) || text === '', 'a body where none is due');
  demand(method !== 'OPTIONS' || status !== 204 || headers.has('allow'), 'OPTIONS without Allow');
  demand(!path.includes('muster_'), 'a token in the address');
  return problems;
}

/** What holds of every refusal, described or not: body, language, and the fields that its status calls for. */
function refusalProblems(path: string, { status, headers, text, body }: Answer): string[] {
  const problems: string[] = [];
  const demand = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  const dialect = dialectOf(path);
  const codes = allCodes.filter((code) => errorCodes[code][dialect] === status);
  if (codes.length === 0) return [`no error code has the status ${status}`];
  const form = headers.get('content-type') === PROBLEM ? 'problem' : dialect;
  const language = headers.get('content-language') ?? '';
  const varies = (headers.get('vary') ?? '').toLowerCase();
  const calledFor: Readonly<Record<number, string>> = {
    401: 'www-authenticate',
    405: 'allow',
    429: 'retry-after',
    503: 'retry-after',
  };
  demand(text === '' || refusalCheck(form, status, codes)(body) === undefined, `error body: ${text}`);
  demand(['en', 'ru'].includes(language), `Content-Language is "${language}"`);
  demand(varies.includes('accept-language') && /accept(?:,|$)/.test(varies), `Vary is "${varies}"`);
  demand(
    headers.has(calledFor[status] ?? 'content-type'),
    `${calledFor[status] ?? 'Content-Type'} is missing`,
  );
  return problems;
}

/** What the description says of this operation's answer: its status, media type, body and fields. */
function describedProblems(
  { document, template, method }: { document: OpenApiDocument; template: string; method: string },
  asked: Asked,
  { status, headers, text, body }: Answer,
): string[] {
  const response = promisedResponse(document, { path: template, method: method as 'GET' }, status);
  if (response === undefined) return [`status ${status} is not described`];
  const problems: string[] = [];
  const type = headers.get('content-type')?.split(';')[0];
  if (response.content === undefined) {
    if (text !== '') problems.push('a body where none is described');
  } else {
    const schema = response.content[type ?? '']?.schema;
    if (schema === undefined) problems.push(`media type ${type} is not described`);
    else if (asked.method !== 'HEAD') {
      const problem = checkOf(schema)(body);
      if (problem !== undefined) problems.push(`body: ${problem}: ${text.slice(0, 300)}`);
    }
  }
  // A list that is streamed is not known in whole when its header is sent; a page names the next one only if there is one.
  const item = document.paths[template]?.get as { parameters?: readonly { name: string }[] } | undefined;
  const isStreamed = item?.parameters?.some(({ name }) => name === 'after') ?? false;
  const mayLack = new Set([
    ...(isStreamed || method !== 'GET' ? ['ETag'] : []),
    ...(isStreamed ? ['Link'] : []),
  ]);
  for (const name of Object.keys(response.headers)) {
    if (!mayLack.has(name) && !headers.has(name)) problems.push(`the header lacks ${name}`);
  }
  const etag = headers.get('etag');
  if (etag !== null && !/^"[^"]+"$/.test(etag)) problems.push(`ETag ${etag} is not a strong one`);
  return problems;
}

const checks = new Map<string | Schema, (value: unknown) => string | undefined>();

/** A schema is compiled once; those of a document are the same objects from request to request. */
function checkOf(schema: Schema, key: string | Schema = schema): (value: unknown) => string | undefined {
  const check = checks.get(key) ?? checker(schema);
  checks.set(key, check);
  return check;
}

const refusalCheck = (form: 'problem' | Dialect, status: number, codes: readonly ErrorCode[]) =>
  checkOf(
    form === 'problem' ? problemSchema(status, codes) : errorBodySchema(form, codes),
    `${form} ${status}`,
  );
