/** Opcodes and their operands as bytes and text. */
export const pickle = (...parts: readonly (number | string | Buffer)[]): Buffer =>
  Buffer.concat([
    Buffer.of(0x80, 2),
    ...parts.map((part) =>
      typeof part === 'number' ? Buffer.of(part) : Buffer.from(part as string),
    ),
  ]);

export const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(5, 0x58);
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};

export const longs = (...values: readonly number[]): Buffer =>
  Buffer.from(BigInt64Array.from(values, BigInt).buffer);

/** `_rebuild_tensor_v2((storage, offset, size, stride, False, OrderedDict()))`, its sizes given as opcodes. */
export const tensor = (elements: number, offset: number, size: Buffer, stride: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n'),
    Buffer.from('(('),
    text('storage'),
    Buffer.from('ctorch\nLongStorage\n'),
    text('0'),
    text('cpu'),
    Buffer.of(0x4b, elements, 0x74, 0x51, 0x4b, offset),
    size,
    stride,
    Buffer.of(0x89),
    Buffer.from('ccollections\nOrderedDict\n'),
    Buffer.from(')RtR'),
  ]);
export const tuple = (...values: readonly number[]): Buffer =>
  Buffer.of(0x28, ...values.flatMap((value) => [0x4b, value]), 0x74);

/** What `torch.save` writes of lists by topic, each a tensor [1, tokens]: the pickle first, then the tensors' elements. */
export function storedLists(): { name: string; bytes: Buffer }[] {
  const list = tensor(3, 0, tuple(1, 3), tuple(3, 1));
  const lists = Buffer.concat([Buffer.from(']('), list, list, Buffer.from('e')]);
  const topics = pickle('}', 0x71, 1, '(', text('Trees'), lists, text('Films'), ']', 'u', '.');
  return [
    { name: 'x/data.pkl', bytes: topics },
    { name: 'x/data/0', bytes: longs(2, 7, -1) },
  ];
}
