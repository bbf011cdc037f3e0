import type { Entry, ZipFile } from 'yauzl';
import { sizeOf, type Tensor } from '../../graph/tensor.ts';
import { readingAsync } from '../../schema/foreign-file.ts';
import { nameShown, shown } from '../../schema/one-line.ts';
import { type Pickled, type PickleNames, readPickle } from './pickle.ts';
import { openZip, REMEDY, readEntry } from './zip.ts';

/**
 * Read a zip archive written by `torch.save`: plain containers, numbers, strings and integer tensors (`IntTensor`). No
 * code of the file is executed; any other class or opcode is refused, with its name.
 * Source: PyTorch, torch/serialization.py and torch/_utils.py.
 * @throws one line that names the file: not a zip, not PyTorch's, truncated, an unexpected class or opcode
 */
export const readTorch = (path: string): Promise<Pickled> =>
  readingAsync({ path, remedy: REMEDY }, async () => {
    const { zip, entries } = await openZip(path);
    try {
      return contentOf(await readAll(zip, entries));
    } catch (cause) {
      throw new Error(`${path}: ${(cause as Error).message}: ${REMEDY}`, { cause });
    } finally {
      zip.close();
    }
  });

function contentOf(bytesOf: ReadonlyMap<string, Buffer>): Pickled {
  const pickle = [...bytesOf.keys()].filter((name) => name.endsWith('/data.pkl'));
  if (pickle.length !== 1) throw new Error('no file of PyTorch: it has no data.pkl');
  const root = pickle[0]!.slice(0, -'data.pkl'.length);
  const order = bytesOf.get(`${root}byteorder`)?.toString() ?? 'little';
  if (order !== 'little') throw new Error(`byte order ${order}, expected little`);
  return readPickle(bytesOf.get(pickle[0]!)!, pickleNames(root, bytesOf));
}

/** A tensor of integers. */
export type IntTensor = Tensor & { readonly dtype: 'int32' | 'int64' };

export const isIntTensor = (value: Pickled): value is IntTensor & { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && 'dims' in value && 'dtype' in value;

/** Limit on a file's unpacked size, in bytes: the released files have much less. */
const LARGEST = 64 * 2 ** 20;

async function readAll(zip: ZipFile, entries: readonly Entry[]): Promise<Map<string, Buffer>> {
  const size = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  if (size > LARGEST) throw new Error(`${size} bytes unpacked, more than ${LARGEST}`);
  const bytesOf = new Map<string, Buffer>();
  for (const entry of entries) {
    if (bytesOf.has(entry.fileName)) throw new Error(`${entry.fileName} stands twice`);
    bytesOf.set(entry.fileName, await readEntry(zip, entry));
  }
  return bytesOf;
}

const STORAGES = {
  'torch.LongStorage': { dtype: 'int64', bytes: 8 },
  'torch.IntStorage': { dtype: 'int32', bytes: 4 },
} as const;
type StorageName = keyof typeof STORAGES;

/** The elements of tensors, as PyTorch stores them. */
interface Storage {
  readonly storage: StorageName;
  readonly data: Buffer;
  readonly [key: string]: unknown;
}

const pickleNames = (root: string, bytesOf: ReadonlyMap<string, Buffer>): PickleNames => ({
  classes: {
    'collections.OrderedDict': () => new Map(),
    'collections.defaultdict': () => new Map(),
    '__builtin__.dict': () => new Map(),
    'builtins.dict': () => new Map(),
    'torch._utils._rebuild_tensor_v2': tensorOf,
    'torch.LongStorage': refuseCall,
    'torch.IntStorage': refuseCall,
  },
  resolvePersistentId: (id) => storageOf(id, root, bytesOf),
});

const refuseCall = (): never => {
  throw new Error('malformed: a storage is called');
};

/** The storage of a persistent id, `('storage', class, key, device, elements)`. */
function storageOf(id: Pickled, root: string, bytesOf: ReadonlyMap<string, Buffer>): Storage {
  const [kind, storage, key, , length] = Array.isArray(id) ? id : [];
  if (kind !== 'storage' || typeof storage !== 'string' || !Object.hasOwn(STORAGES, storage))
    throw new Error(`unexpected persistent id ${shown(id)}`);
  const name = storage as StorageName;
  const data = bytesOf.get(`${root}data/${key}`);
  const expected = Number(length) * STORAGES[name].bytes;
  if (data?.length !== expected)
    throw new Error(
      `storage ${nameShown(key)} needs ${expected} bytes, has ${data?.length ?? 'none'}`,
    );
  return { storage: name, data };
}

/** The tensor of the arguments `(storage, offset, size, stride, …)`. @throws if it is not row-major */
function tensorOf([stored, offset, size, stride]: readonly Pickled[]): IntTensor & Storage {
  const { storage, data } = (stored ?? {}) as Partial<Storage>;
  if (storage === undefined || data === undefined)
    throw new Error('malformed: tensor without storage');
  const dims = integers(size);
  const strides = integers(stride);
  const rowMajor = dims.every(
    (_, axis) => dims[axis] === 1 || strides[axis] === sizeOf(dims.slice(axis + 1)),
  );
  if (strides.length !== dims.length || !rowMajor)
    throw new Error(`tensor of shape [${dims}] and strides [${strides}], expected row-major`);
  const { dtype, bytes } = STORAGES[storage];
  const [first] = integers([offset ?? null]);
  const part = new Uint8Array(data.subarray(first! * bytes, (first! + sizeOf(dims)) * bytes));
  if (part.length !== sizeOf(dims) * bytes)
    throw new Error(`tensor of shape [${dims}] reaches beyond its storage`);
  const values = dtype === 'int64' ? new BigInt64Array(part.buffer) : new Int32Array(part.buffer);
  return { dtype, dims, data: values } as unknown as IntTensor & Storage;
}

function integers(values: Pickled | undefined): number[] {
  if (!Array.isArray(values) || !values.every((n) => Number.isSafeInteger(n) && (n as number) >= 0))
    throw new Error(`expected sizes, received ${shown(values ?? null)}`);
  return values as number[];
}
