/** onnxruntime, without its telemetry. Everything imports it from here (test/layers.test.ts). */
import './telemetry-off.ts';

export * from 'onnxruntime-node';
