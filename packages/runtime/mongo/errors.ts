import { type AppError, unavailable } from '@muster/contracts';
import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoError,
  MongoErrorLabel,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerClosedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';

const classes = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoOperationTimeoutError,
  MongoNotConnectedError,
  MongoTopologyClosedError,
  MongoServerClosedError,
  MongoClientClosedError,
  MongoExpiredSessionError,
];

/** Classes that the driver does not export: no connection was free in time, or the pool is closed. */
const names = new Set(['MongoWaitQueueTimeoutError', 'MongoPoolClosedError']);

/**
 * Server errors that say "not now", not "not so": HostUnreachable, HostNotFound, MaxTimeMSExpired, WriteConcernFailed,
 * NetworkTimeout, ShutdownInProgress, FailedToSatisfyReadPreference, ReadConcernMajorityNotAvailableYet,
 * PrimarySteppedDown, ExceededTimeLimit, SocketException, NotWritablePrimary, InterruptedAtShutdown,
 * InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary.
 */
const codes = new Set<unknown>([
  6, 7, 50, 64, 89, 91, 133, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436,
]);

const labels = [
  MongoErrorLabel.RetryableWriteError,
  MongoErrorLabel.UnknownTransactionCommitResult,
  MongoErrorLabel.NoWritesPerformed,
];

/**
 * The 503 that a driver's error stands for: the server is away, too slow, shutting down or not primary. Undefined for any
 * other error. Whether a write that failed so was done is not known.
 */
export function mongoUnavailable(error: unknown): AppError | undefined {
  if (isSocketError(error)) return unavailable('mongodb_unavailable', {}, error);
  if (!(error instanceof MongoError)) return undefined;
  // A bulk write wraps whatever cut it short; then that is what tells.
  if (error instanceof MongoBulkWriteError && error.errorResponse instanceof MongoError) {
    return mongoUnavailable(error.errorResponse);
  }
  const away =
    classes.some((kind) => error instanceof kind) ||
    names.has(error.name) ||
    codes.has(error.code) ||
    labels.some((label) => error.hasErrorLabel(label));
  return away ? unavailable('mongodb_unavailable', {}, error) : undefined;
}

/** The fields of the unique index that a write ran into (E11000), such as `['state.name']`; undefined for any other error. */
export function duplicateKey(error: unknown): readonly string[] | undefined {
  if (!(error instanceof MongoServerError) || error.code !== 11000) return undefined;
  return Object.keys(error.keyPattern ?? {});
}

/** What a socket says that cannot reach the other side any more. */
const socketCodes = new Set<unknown>([
  'EPIPE',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The driver lets the socket's own error through where the connection broke just as it was written to. */
const isSocketError = (error: unknown): boolean =>
  error instanceof Error && socketCodes.has((error as NodeJS.ErrnoException).code);
