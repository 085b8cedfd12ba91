import type { IncomingMessage } from 'node:http';
import { AppError } from '@muster/contracts';
import busboy from 'busboy';
import { type Arguments, collect, readArguments } from './address.ts';
import { cleanValue } from './clean.ts';

/** The ways a body may be written. */
export type MediaType = 'json' | 'form' | 'multipart';

const byName: Readonly<Record<string, MediaType>> = {
  'application/json': 'json',
  'application/x-www-form-urlencoded': 'form',
  'multipart/form-data': 'multipart',
};

/** Whether a request carries a body, as its header says. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * How a request's body is written.
 *
 * @throws {AppError} `media_type` when it is none of `accepted`, is compressed, or is not UTF-8.
 */
export function mediaTypeOf({ headers }: IncomingMessage, accepted: readonly MediaType[]): MediaType {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new AppError('media_type', 'content_encoding', { encoding });
  const declared = headers['content-type'] ?? '';
  const [name = '', ...parameters] = declared
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  const type = byName[name];
  if (type === undefined || !accepted.includes(type) || (charset !== undefined && charset !== 'utf-8')) {
    const expected = Object.keys(byName).filter((candidate) =>
      accepted.includes(byName[candidate] as MediaType),
    );
    throw new AppError('media_type', 'media_type', { type: declared, expected: expected.join(', ') });
  }
  return type;
}

/**
 * Reads a whole body of at most `limit` bytes.
 *
 * @throws {AppError} `too_large` as soon as that is known. The rest is read and thrown away behind the answer, for at most the
 * server's `requestTimeout`: closing at once would reset the connection before the client has read why.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () => new AppError('too_large', 'body_too_large', { limit });
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else reject(tooLarge());
    });
    request.once('end', () => resolve(Buffer.concat(chunks, size)));
    const cutOff = () => {
      if (!request.complete) reject(new AppError('request_timeout', 'request_timeout'));
    };
    request.once('error', cutOff);
    request.once('close', cutOff);
  });
}

/**
 * Parses a JSON body.
 *
 * @throws {AppError} `malformed` when it is not UTF-8, not JSON, or holds what `cleanValue` refuses.
 */
export function parseJson(body: Buffer): unknown {
  const text = decodeUtf8(body);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('malformed', 'malformed_json', {}, { cause });
  }
  return cleanValue(value);
}

/**
 * Parses a form, urlencoded or multipart.
 *
 * @throws {AppError} `malformed` when it cannot be read, or gives an argument twice.
 */
export async function parseForm(
  body: Buffer,
  type: 'form' | 'multipart',
  contentType: string,
): Promise<Arguments> {
  return type === 'form' ? readArguments(decodeUtf8(body)) : parseMultipart(body, contentType);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new AppError('malformed', 'malformed_encoding', {}, { cause });
  }
}

function parseMultipart(body: Buffer, contentType: string): Promise<Arguments> {
  return new Promise((resolve, reject) => {
    const refuse = (cause?: unknown) => reject(new AppError('malformed', 'malformed_form', {}, { cause }));
    const pairs: [string, string][] = [];
    try {
      const form = busboy({ headers: { 'content-type': contentType }, limits: { fields: 64, files: 1 } });
      form.on('field', (name, value) => pairs.push([name, value]));
      form.on('file', (_name, file) => {
        file.resume();
        refuse();
      });
      form.once('error', refuse);
      form.once('close', () => {
        try {
          resolve(collect(pairs));
        } catch (error) {
          reject(error);
        }
      });
      form.end(body);
    } catch (cause) {
      refuse(cause);
    }
  });
}
