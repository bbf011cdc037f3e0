/**
 * onnxruntime's packages for Linux and macOS send events about the machine and its graphs to their maker, and keep an id
 * of the device in the user's cache, unless this variable is set when the first session is opened. Imported before the
 * runtime. A value from outside does not count: `0` would mean that events are sent.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
