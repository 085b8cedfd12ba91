import { fileURLToPath } from 'node:url';
import type { Invariant } from './history.ts';

/** The repository's folder, with a slash behind it. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));

/** One place of the source and what stands there instead when a safeguard is off. */
export interface Edit {
  /** Path from the repository's folder. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

/** A safeguard that can be switched off, and how the checker must notice that. */
export interface Tooth {
  /** What is missing then, for people. */
  readonly off: string;
  /** One of these must be broken. */
  readonly caughtBy: readonly Invariant[];
  /** The faults under which the safeguard is needed. */
  readonly kinds: readonly string[];
  readonly edits: readonly Edit[];
}

const events = 'packages/runtime/events';

/** Every safeguard that is switched off in turn to see that the checker bites. */
export const teeth: Readonly<Record<string, Tooth>> = {
  unconditional_publish: {
    off: 'events are published without the condition of their place and without a message id',
    caughtBy: ['I4'],
    kinds: ['stop_service', 'stop_service', 'kill_nats'],
    edits: [
      {
        file: 'packages/runtime/nats/log_publisher.ts',
        from: `    'Nats-Msg-Id': [messageId],
    'Nats-Expected-Stream': [LOG_STREAM],
    'Nats-Expected-Last-Subject-Sequence': [String(lastSeq)],
`,
        to: '',
      },
    ],
  },
  early_checkpoint: {
    off: 'the checkpoint is moved on before the log has acknowledged it, and gaps are not looked for',
    caughtBy: ['I4'],
    kinds: ['half_open:nats-server', 'stop_nats', 'kill_service'],
    edits: [
      {
        file: `${events}/in_order.ts`,
        from: `      entries.push(entry);
      underWay += 1;`,
        to: `      entries.push(entry);
      position = { ...position, ...place };
      underWay += 1;`,
      },
      { file: `${events}/in_order.ts`, from: '} = place ?? position;', to: '} = position;' },
      {
        file: `${events}/keep_positions.ts`,
        from: 'const isNew = position.seq !== saved.seq ||',
        to: 'const isNew = true ||',
      },
      // What was passed over is found at the record's next version otherwise, and then published after all.
      {
        file: `${events}/publish_version.ts`,
        from: 'known: KnownVersion): boolean => v > known.v + 1;',
        to: 'known: KnownVersion): boolean => v > known.v + 1e9;',
      },
    ],
  },
  early_publish: {
    off: 'a new record is published before it is written',
    caughtBy: ['I5'],
    kinds: ['kill_service', 'kill_mongod'],
    edits: [
      {
        file: 'packages/runtime/process/service.ts',
        from: `  const tokens = openTokenFile(`,
        to: `  globalThis.earlyLink = link;
  const tokens = openTokenFile(`,
      },
      {
        file: 'packages/runtime/mongo/insert_record.ts',
        from: `  const doc = firstVersion(input);
`,
        to: `  const doc = firstVersion(input);
  const { toMessage } = await import('../nats/cloud_event.ts');
  const { id, type: event, at, traceparent } = doc.last;
  const [, type] = event.split('.');
  const { v, born, state } = doc;
  const early = toMessage({ id, event, type, key: doc._id, v, born, at, traceparent, state, service: type });
  const { MsgHdrsImpl } = await import('@nats-io/transport-node');
  const headers = MsgHdrsImpl.fromRecord(early.headers);
  globalThis.earlyLink.current()?.publish(early.subject, early.payload, { headers });
`,
      },
    ],
  },
  unguarded_fold: {
    off: 'a read model takes any version, also one that is older than what it has',
    caughtBy: ['I7', 'I9', 'I10', 'I8'],
    kinds: ['stop_service:tags', 'stop_service:tags', 'kill_service:tags'],
    edits: [
      {
        file: `${events}/fold_by_version.ts`,
        from: `export const guardByVersion = (v: number): object => ({ v: { $lt: v } });`,
        to: `export const guardByVersion = (v: number): object => ({ v: { $ne: v } });`,
      },
    ],
  },
  hasty_404: {
    off: 'what the read model does not know is said to be unknown, without asking the owner',
    caughtBy: ['I9'],
    kinds: ['kill_service'],
    edits: [
      {
        file: 'services/tags/verify_references.ts',
        from: 'await Promise.all(unsure.map(({ kind, ref }) => deps.askOwner(kind, String(ref))));',
        to: 'unsure.map(() => undefined);',
      },
    ],
  },
  no_clean_up: {
    off: 'relations stay when their record is deleted, or their tag replaced',
    caughtBy: ['I8'],
    kinds: ['kill_service'],
    edits: [
      {
        file: 'services/tags/follow_references.ts',
        from: 'if (turns.length === 0) return;',
        to: 'if (turns.length >= 0) return;',
      },
      {
        file: 'services/tags/follow_tags.ts',
        from: 'await deps.buryPastRelations(Number(event.key));',
        to: '',
      },
      // It cleans up half a minute after a start, which may come to be in the rest after the load.
      {
        file: 'services/tags/start_sweeping.ts',
        from: 'const first = setTimeout(sweep, 30_000);',
        to: 'const first = setTimeout(sweep, EVERY_MS);',
      },
    ],
  },
  lasting_views: {
    off: 'what stands ready of a tag is not forgotten when the tag changes',
    caughtBy: ['I12', 'I8'],
    kinds: ['kill_service'],
    edits: [
      {
        file: 'services/tags/mongo/shared_marks.ts',
        from: 'isSet: deps.set(key)',
        to: 'isSet: Promise.resolve()',
      },
    ],
  },
};

/** Changes a source. @throws {Error} when a place is not there exactly once: then the tooth has to follow the code */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  return edits.reduce((text, { file, from, to }) => {
    const parts = text.split(from);
    if (parts.length === 2) return parts.join(to);
    throw new Error(`${file} has ${parts.length - 1} times what a tooth changes: ${from}`);
  }, source);
}
