/** What a pickle may hold here: plain containers and what its classes give. A dictionary comes out as a Map. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | Pickled[]
  | Map<Pickled, Pickled>
  | Foreign;

/** A value of a class that the reader of the file knows. */
export type Foreign = { readonly [key: string]: unknown };

/** What a pickle's own names stand for. Nothing is looked up beyond these, and nothing of the file is executed. */
export interface PickleNames {
  /** By `module.name`: what a call of it with these arguments gives. */
  readonly classes: Readonly<Record<string, (args: readonly Pickled[]) => Pickled>>;
  /** What a persistent id, such as that of a storage, stands for. */
  persistent(id: Pickled): Pickled;
}

/**
 * Read a pickle of protocol 2, as PyTorch writes it. Python's machine can call anything that the file names; this one
 * knows the opcodes of plain values and containers, and calls only the classes given.
 * Source: CPython, Lib/pickletools.py.
 * @throws `unexpected opcode 0x63 at byte 2`, `unexpected class posix.system`, `truncated`, each one line
 */
export function readPickle(bytes: Buffer, names: PickleNames): Pickled {
  const machine: Machine = { bytes, names, at: 0, stack: [], marks: [], memo: new Map() };
  for (;;) {
    const start = machine.at;
    const opcode = take(machine, 1)[0]!;
    if (opcode === STOP) return finished(machine);
    const step = OPCODES.get(opcode);
    if (step === undefined) throw new Error(`unexpected opcode ${nameOf(opcode)} at byte ${start}`);
    step(machine);
  }
}

interface Machine {
  readonly bytes: Buffer;
  readonly names: PickleNames;
  at: number;
  stack: Slot[];
  /** Stacks that were set aside by a mark. */
  readonly marks: Slot[][];
  readonly memo: Map<number, Slot>;
}

/** A value, or a class that waits to be called. */
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
  [0x80, (m) => checkProtocol(take(m, 1)[0]!)], // PROTO
  [0x28, mark], // MARK
  [0x4e, (m) => push(m, null)], // NONE
  [0x88, (m) => push(m, true)], // NEWTRUE
  [0x89, (m) => push(m, false)], // NEWFALSE
  [0x4a, (m) => push(m, take(m, 4).readInt32LE())], // BININT
  [0x4b, (m) => push(m, take(m, 1)[0]!)], // BININT1
  [0x4d, (m) => push(m, take(m, 2).readUInt16LE())], // BININT2
  [0x8a, (m) => push(m, longOf(take(m, take(m, 1)[0]!)))], // LONG1
  [0x47, (m) => push(m, take(m, 8).readDoubleBE())], // BINFLOAT
  [0x58, (m) => push(m, take(m, take(m, 4).readUInt32LE()).toString('utf8'))], // BINUNICODE
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
  [0x71, (m) => void m.memo.set(take(m, 1)[0]!, top(m))], // BINPUT
  [0x72, (m) => void m.memo.set(take(m, 4).readUInt32LE(), top(m))], // LONG_BINPUT
  [0x68, (m) => recall(m, take(m, 1)[0]!)], // BINGET
  [0x6a, (m) => recall(m, take(m, 4).readUInt32LE())], // LONG_BINGET
  [0x63, (m) => push(m, knownClass(m, `${line(m)}.${line(m)}`))], // GLOBAL
  [0x52, call], // REDUCE
  [0x51, (m) => push(m, m.names.persistent(pop(m)))], // BINPERSID
]);

/** What else can make or call objects, for the message. */
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

/** What follows is collected until an opcode asks for all of it. */
function mark(machine: Machine): void {
  machine.marks.push(machine.stack);
  machine.stack = [];
}

function take(machine: Machine, n: number): Buffer {
  const end = machine.at + n;
  if (end > machine.bytes.length) throw new Error('truncated');
  const taken = machine.bytes.subarray(machine.at, end);
  machine.at = end;
  return taken;
}

/** Text up to a newline. */
function line(machine: Machine): string {
  const end = machine.bytes.indexOf(0x0a, machine.at);
  if (end < 0) throw new Error('truncated');
  const text = machine.bytes.toString('utf8', machine.at, end);
  machine.at = end + 1;
  return text;
}

function checkProtocol(protocol: number): void {
  if (protocol !== PROTOCOL) throw new Error(`pickle protocol ${protocol}, expected ${PROTOCOL}`);
}

/** Little-endian two's complement. @throws beyond what a number holds exactly */
function longOf(bytes: Buffer): number {
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
  return machine.stack.splice(-n).map(classAsName);
}

function popToMark(machine: Machine): Pickled[] {
  const outer = machine.marks.pop();
  if (outer === undefined) throw new Error('malformed: a mark is missing');
  const inner = machine.stack.map(classAsName);
  machine.stack = outer;
  return inner;
}

/** In a tuple a class is an argument, as of a `defaultdict` or a storage: its name is all that is kept. */
const classAsName = (slot: Slot): Pickled => (slot instanceof ClassName ? slot.name : slot);

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

function recall(machine: Machine, key: number): void {
  const slot = machine.memo.get(key);
  if (slot === undefined) throw new Error(`malformed: nothing is remembered as ${key}`);
  push(machine, slot);
}

function knownClass({ names }: Machine, name: string): ClassName {
  if (!Object.hasOwn(names.classes, name)) throw new Error(`unexpected class ${name}`);
  return new ClassName(name);
}

function call(machine: Machine): void {
  const args = pop(machine);
  const called = popSlot(machine);
  if (!(called instanceof ClassName) || !Array.isArray(args))
    throw new Error('malformed: what is called is no class');
  push(machine, machine.names.classes[called.name]!(args));
}

function finished(machine: Machine): Pickled {
  const result = pop(machine);
  if (machine.stack.length > 0 || machine.marks.length > 0)
    throw new Error('malformed: values are left over');
  return result;
}
