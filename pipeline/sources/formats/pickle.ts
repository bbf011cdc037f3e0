/** What a supported pickle may contain: plain values, containers, and instances of known classes. A dict becomes a Map. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | Pickled[]
  | Map<Pickled, Pickled>
  | ClassInstance;

/** An instance of a class in `PickleNames.classes`. */
export type ClassInstance = { readonly [key: string]: unknown };

/** The names that a pickle may refer to. No other name is looked up, and no code of the file is executed. */
export interface PickleNames {
  /** By `module.name`: a function that stands for the class or function when it is called. */
  readonly classes: Readonly<Record<string, (args: readonly Pickled[]) => Pickled>>;
  /** The object of a persistent id, such as a tensor's storage. */
  resolvePersistentId(id: Pickled): Pickled;
}

/**
 * Read a pickle of protocol 2, as PyTorch writes it. Python's unpickler can call anything that the file names; this one
 * supports only the opcodes of plain values and containers, and calls only the given classes.
 * Source: CPython, Lib/pickletools.py.
 * @throws `unexpected opcode 0x63 at byte 2`, `unexpected class posix.system`, `truncated`, each one line
 */
export function readPickle(bytes: Buffer, names: PickleNames): Pickled {
  const machine: Machine = { bytes, names, offset: 0, stack: [], marks: [], memo: new Map() };
  for (;;) {
    const start = machine.offset;
    const opcode = takeBytes(machine, 1)[0]!;
    if (opcode === STOP) return finalValue(machine);
    const step = OPCODES.get(opcode);
    if (step === undefined) throw new Error(`unexpected opcode ${nameOf(opcode)} at byte ${start}`);
    step(machine);
  }
}

interface Machine {
  readonly bytes: Buffer;
  readonly names: PickleNames;
  offset: number;
  stack: Slot[];
  /** The stacks below each open mark. */
  readonly marks: Slot[][];
  readonly memo: Map<number, Slot>;
}

/** An entry of the stack: a value, or a class that has not been called yet. */
type Slot = Pickled | ClassName;
class ClassName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

const STOP = 0x2e;
const PROTOCOL = 2;

const OPCODES: ReadonlyMap<number, (machine: Machine) => void> = new Map([
  [0x80, (m) => checkProtocol(takeBytes(m, 1)[0]!)], // PROTO
  [0x28, pushMark], // MARK
  [0x4e, (m) => push(m, null)], // NONE
  [0x88, (m) => push(m, true)], // NEWTRUE
  [0x89, (m) => push(m, false)], // NEWFALSE
  [0x4a, (m) => push(m, takeBytes(m, 4).readInt32LE())], // BININT
  [0x4b, (m) => push(m, takeBytes(m, 1)[0]!)], // BININT1
  [0x4d, (m) => push(m, takeBytes(m, 2).readUInt16LE())], // BININT2
  [0x8a, (m) => push(m, parseLong(takeBytes(m, takeBytes(m, 1)[0]!)))], // LONG1
  [0x47, (m) => push(m, takeBytes(m, 8).readDoubleBE())], // BINFLOAT
  [0x58, (m) => push(m, textOf(takeBytes(m, takeBytes(m, 4).readUInt32LE())))], // BINUNICODE
  [0x5d, (m) => push(m, [])], // EMPTY_LIST
  [0x7d, (m) => push(m, new Map())], // EMPTY_DICT
  [0x29, (m) => push(m, [])], // EMPTY_TUPLE
  [0x85, (m) => push(m, popMany(m, 1))], // TUPLE1
  [0x86, (m) => push(m, popMany(m, 2))], // TUPLE2
  [0x87, (m) => push(m, popMany(m, 3))], // TUPLE3
  [0x74, (m) => push(m, popToMark(m))], // TUPLE
  [0x61, (m) => append(m, popMany(m, 1))], // APPEND
  [0x65, (m) => append(m, popToMark(m))], // APPENDS
  [0x73, (m) => setItems(m, popMany(m, 2))], // SETITEM
  [0x75, (m) => setItems(m, popToMark(m))], // SETITEMS
  [0x71, (m) => void m.memo.set(takeBytes(m, 1)[0]!, top(m))], // BINPUT
  [0x72, (m) => void m.memo.set(takeBytes(m, 4).readUInt32LE(), top(m))], // LONG_BINPUT
  [0x68, (m) => pushMemo(m, takeBytes(m, 1)[0]!)], // BINGET
  [0x6a, (m) => pushMemo(m, takeBytes(m, 4).readUInt32LE())], // LONG_BINGET
  [0x63, (m) => push(m, allowedClass(m, `${takeLine(m)}.${takeLine(m)}`))], // GLOBAL
  [0x52, callClass], // REDUCE
  [0x51, (m) => push(m, m.names.resolvePersistentId(pop(m)))], // BINPERSID
]);

/** Names of unsupported opcodes that create or call objects, for the error message. */
const REFUSED: ReadonlyMap<number, string> = new Map([
  [0x69, 'INST'],
  [0x6f, 'OBJ'],
  [0x62, 'BUILD'],
  [0x81, 'NEWOBJ'],
  [0x92, 'NEWOBJ_EX'],
  [0x93, 'STACK_GLOBAL'],
  [0x82, 'EXT1'],
]);

const nameOf = (opcode: number): string =>
  [REFUSED.get(opcode), `0x${opcode.toString(16).padStart(2, '0')}`].filter(Boolean).join(' ');

/** Start a new stack, which a later opcode takes as a whole (`popToMark`). */
function pushMark(machine: Machine): void {
  machine.marks.push(machine.stack);
  machine.stack = [];
}

function takeBytes(machine: Machine, n: number): Buffer {
  const end = machine.offset + n;
  if (end > machine.bytes.length) throw new Error('truncated');
  const taken = machine.bytes.subarray(machine.offset, end);
  machine.offset = end;
  return taken;
}

/** @throws where it is not UTF-8, of which characters would be replaced */
function textOf(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new Error('a text that is not UTF-8', { cause });
  }
}

/** A mark of byte order is a character like any other. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text up to the next newline. */
function takeLine(machine: Machine): string {
  const end = machine.bytes.indexOf(0x0a, machine.offset);
  if (end < 0) throw new Error('truncated');
  const text = machine.bytes.toString('utf8', machine.offset, end);
  machine.offset = end + 1;
  return text;
}

function checkProtocol(protocol: number): void {
  if (protocol !== PROTOCOL) throw new Error(`pickle protocol ${protocol}, expected ${PROTOCOL}`);
}

/** A little-endian two's-complement integer. @throws if it is not a safe integer */
function parseLong(bytes: Buffer): number {
  let value = 0n;
  for (const byte of [...bytes].reverse()) value = (value << 8n) | BigInt(byte);
  const signed = Number(BigInt.asIntN(8 * bytes.length, value));
  if (!Number.isSafeInteger(signed)) throw new Error(`integer of ${bytes.length} bytes, too large`);
  return signed;
}

const push = (machine: Machine, value: Slot): void => void machine.stack.push(value);

function popSlot({ stack }: Machine): Slot {
  if (stack.length === 0) throw new Error('malformed: a value is missing');
  return stack.pop()!;
}

function top({ stack }: Machine): Slot {
  if (stack.length === 0) throw new Error('malformed: a value is missing');
  return stack.at(-1)!;
}

const pop = (machine: Machine): Pickled => value(popSlot(machine));

function value(slot: Slot): Pickled {
  if (slot instanceof ClassName) throw new Error(`unexpected class ${slot.name} as a value`);
  return slot;
}

function popMany(machine: Machine, n: number): Pickled[] {
  if (machine.stack.length < n) throw new Error('malformed: a value is missing');
  return machine.stack.splice(-n).map(classToName);
}

function popToMark(machine: Machine): Pickled[] {
  const outer = machine.marks.pop();
  if (outer === undefined) throw new Error('malformed: a mark is missing');
  const inner = machine.stack.map(classToName);
  machine.stack = outer;
  return inner;
}

/** A class in a tuple is an argument, as of `defaultdict` or of a storage: only its name is kept. */
const classToName = (slot: Slot): Pickled => (slot instanceof ClassName ? slot.name : slot);

function append(machine: Machine, values: readonly Pickled[]): void {
  const list = top(machine);
  if (!Array.isArray(list)) throw new Error('malformed: no list to append to');
  for (const item of values) list.push(item);
}

function setItems(machine: Machine, values: readonly Pickled[]): void {
  const map = top(machine);
  if (!(map instanceof Map) || values.length % 2 === 1)
    throw new Error('malformed: no dictionary to write to');
  for (let i = 0; i < values.length; i += 2) map.set(values[i]!, values[i + 1]!);
}

function pushMemo(machine: Machine, key: number): void {
  const slot = machine.memo.get(key);
  if (slot === undefined) throw new Error(`malformed: nothing is remembered as ${key}`);
  push(machine, slot);
}

function allowedClass({ names }: Machine, name: string): ClassName {
  if (!Object.hasOwn(names.classes, name)) throw new Error(`unexpected class ${name}`);
  return new ClassName(name);
}

function callClass(machine: Machine): void {
  const args = pop(machine);
  const called = popSlot(machine);
  if (!(called instanceof ClassName) || !Array.isArray(args))
    throw new Error('malformed: what is called is no class');
  push(machine, machine.names.classes[called.name]!(args));
}

function finalValue(machine: Machine): Pickled {
  const result = pop(machine);
  if (machine.stack.length > 0 || machine.marks.length > 0)
    throw new Error('malformed: values are left over');
  return result;
}
