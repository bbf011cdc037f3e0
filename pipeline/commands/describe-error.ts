/**
 * An error as one line. Errors of this project are one; those of the operating system, which reach here where no reader or
 * writer has said it better, get the file and a remedy.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path, dest, syscall, message } = error as SystemError;
  const remedy = code === undefined || syscall === undefined ? undefined : REMEDIES[code];
  if (remedy === undefined) return oneLine(message);
  const [fact, what] = remedy;
  const files = [path, dest].filter((file) => file !== undefined).join(' → ');
  return `${files || syscall}: ${fact} (${code}): ${what}`;
}

interface SystemError extends NodeJS.ErrnoException {
  /** The second file, of a rename or a link. */
  readonly dest?: string;
}

const FULL = ['the disk is full', 'make room'] as const;
const FORBIDDEN = ['not permitted', 'allow this user to read and write it'] as const;

/** What a code of the operating system means, and what to do about it. */
const REMEDIES: Readonly<Record<string, readonly [fact: string, remedy: string]>> = {
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EROFS: ['the disk is read-only', 'make it writable, or run in a copy of the project elsewhere'],
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: ['the file would be larger than is allowed', 'raise the limit of file sizes (ulimit -f)'],
  EIO: ['the disk does not read or write it', 'check the disk'],
  EISDIR: ['a folder, where a file is expected', 'move it away'],
  ENOTDIR: ['a part of the path is a file, where a folder is expected', 'move it away'],
  ENOENT: ['missing', 'restore it, or run again what writes it'],
  EMFILE: ['too many files are open', 'raise the limit of open files (ulimit -n)'],
  ENAMETOOLONG: ['the name is too long', 'choose a shorter one'],
  ELOOP: ['its symbolic links lead round in a circle', 'remove them'],
};

/** The lines of a message as one. */
const oneLine = (message: string): string => message.trim().replace(/\s*\n\s*/g, ': ');
