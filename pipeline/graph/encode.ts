import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Graph, type Initializer, type Node, type Shape, type ValueType } from './builder.ts';
import { neededOf } from './needed.ts';
import { RUNTIME_OPS } from './operators.ts';
import { ONNX_TYPE } from './ops.ts';

/**
 * Encode a graph as an ONNX ModelProto. External weights stay in their files: the model refers to them by file name and
 * byte range. Nodes and weights that no output depends on are left out. Source of the field numbers: onnx/onnx, onnx.proto.
 */
export const encodeModel = (graph: Graph): Uint8Array<ArrayBuffer> =>
  message((model) => {
    model.uint32(tag(1, VARINT)).uint32(IR_VERSION);
    text(model, 2, 'how-a-list-ends');
    nested(model, 7, (w) => encodeGraph(w, graph));
    nested(model, 8, (w) => void w.uint32(tag(2, VARINT)).uint32(OPSET));
    if (hasRuntimeOps(graph))
      nested(model, 8, (w) => {
        text(w, 1, RUNTIME_DOMAIN);
        w.uint32(tag(2, VARINT)).uint32(1);
      });
  });

/** The domain of onnxruntime's own operators. */
const RUNTIME_DOMAIN = 'com.microsoft';

const hasRuntimeOps = ({ nodes }: Graph): boolean =>
  nodes.some((node) =>
    node.op === 'Loop' ? hasRuntimeOps(node.attributes.body) : RUNTIME_OPS.has(node.op),
  );

const IR_VERSION = 10;
/**
 * The runtime's CUDA kernels of ReduceMax, Loop and Identity support the operator schemas up to opset 19. With a later
 * opset these nodes run on the CPU.
 */
const OPSET = 19;

function encodeGraph(writer: BinaryWriter, graph: Graph): void {
  const needed = neededOf(graph);
  for (const node of needed.nodes) nested(writer, 1, (w) => encodeNode(w, node));
  for (const [name, value] of graph.outputs)
    if (name !== value.name) nested(writer, 1, (w) => encodeAlias(w, value.name, name));
  text(writer, 2, 'graph');
  for (const initializer of graph.initializers.filter(({ value }) => needed.values.has(value)))
    nested(writer, 5, (w) => encodeInitializer(w, initializer));
  for (const input of graph.inputs) nested(writer, 11, (w) => encodeValue(w, input.name, input));
  for (const [name, value] of graph.outputs) nested(writer, 12, (w) => encodeValue(w, name, value));
}

function encodeNode(writer: BinaryWriter, { op, inputs, outputs, attributes }: Node): void {
  for (const input of inputs) text(writer, 1, input.name);
  for (const output of outputs) text(writer, 2, output.name);
  text(writer, 3, outputs[0]!.name);
  text(writer, 4, op);
  for (const [name, value] of Object.entries<Attribute>(attributes))
    nested(writer, 5, (w) => encodeAttribute(w, name, value));
  if (RUNTIME_OPS.has(op)) text(writer, 7, RUNTIME_DOMAIN);
}

type Attribute = number | string | readonly number[] | Graph;

/** A second name for a value, by an Identity node: an output may also be an input, a weight or a hook point. */
function encodeAlias(writer: BinaryWriter, from: string, to: string): void {
  text(writer, 1, from);
  text(writer, 2, to);
  text(writer, 4, 'Identity');
}

function encodeAttribute(writer: BinaryWriter, name: string, value: Attribute): void {
  text(writer, 1, name);
  const type = encodeContent(writer, value);
  writer.uint32(tag(20, VARINT)).int32(type);
}

/** @returns ONNX's AttributeProto.AttributeType */
function encodeContent(writer: BinaryWriter, value: Attribute): number {
  if (typeof value === 'number') {
    writer.uint32(tag(3, VARINT)).int64(value);
    return INT;
  }
  if (typeof value === 'string') {
    text(writer, 4, value);
    return STRING;
  }
  if (value instanceof Graph) {
    nested(writer, 6, (w) => encodeGraph(w, value));
    return GRAPH;
  }
  for (const item of value) writer.uint32(tag(8, VARINT)).int64(item);
  return INTS;
}

const INT = 2;
const STRING = 3;
const GRAPH = 5;
const INTS = 7;

function encodeInitializer(writer: BinaryWriter, initializer: Initializer): void {
  const { value } = initializer;
  for (const d of value.shape) writer.uint32(tag(1, VARINT)).int64(Number(d));
  writer.uint32(tag(2, VARINT)).int32(ONNX_TYPE[value.dtype]);
  text(writer, 8, value.name);
  if ('tensor' in initializer) {
    const { buffer, byteOffset, byteLength } = initializer.tensor.data;
    writer.uint32(tag(9, BYTES)).bytes(new Uint8Array(buffer, byteOffset, byteLength));
    return;
  }
  const { file, offset, bytes } = initializer.external;
  for (const [key, entry] of [
    ['location', nameOf(file)],
    ['offset', String(offset)],
    ['length', String(bytes)],
  ] as const)
    nested(writer, 13, (w) => {
      text(w, 1, key);
      text(w, 2, entry);
    });
  writer.uint32(tag(14, VARINT)).int32(EXTERNAL);
}

const EXTERNAL = 1;

/** The last part of a path, as any system writes it: this file runs in browsers, too. */
const nameOf = (file: string): string => file.split(/[\\/]/).at(-1)!;

function encodeValue(writer: BinaryWriter, name: string, type: ValueType): void {
  text(writer, 1, name);
  nested(writer, 2, (w) =>
    nested(w, 1, (tensor) => {
      tensor.uint32(tag(1, VARINT)).int32(ONNX_TYPE[type.dtype]);
      nested(tensor, 2, (w) => encodeShape(w, type.shape));
    }),
  );
}

/** Encodes known lengths and plain symbols. The runtime cannot check derived symbols ('B*T'), so they stay unnamed. */
function encodeShape(writer: BinaryWriter, shape: Shape): void {
  for (const d of shape)
    nested(writer, 1, (w) => {
      if (typeof d === 'number') w.uint32(tag(1, VARINT)).int64(d);
      else if (/^\w+$/.test(d)) text(w, 2, d);
    });
}

// Protobuf wire types
const VARINT = 0;
const BYTES = 2;
const tag = (field: number, wireType: number): number => (field << 3) | wireType;

function message(write: (writer: BinaryWriter) => void): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
}

const text = (writer: BinaryWriter, field: number, value: string): void =>
  void writer.uint32(tag(field, BYTES)).string(value);

const nested = (writer: BinaryWriter, field: number, write: (w: BinaryWriter) => void): void =>
  void writer.uint32(tag(field, BYTES)).bytes(message(write));
