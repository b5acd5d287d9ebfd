/** The values of `OTEL_EXPORTER_OTLP_PROTOCOL` that are supported: the encodings of OTLP over HTTP. */
export type Protocol = 'http/protobuf' | 'http/json';
