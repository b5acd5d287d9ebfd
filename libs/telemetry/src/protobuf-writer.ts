/** Longer texts are written by Node, shorter ones here: that takes less time than the call. */
const SHORT = 64;

const TWO_TO_32 = 2 ** 32;

/** Writes the values of protobuf's wire format. The caller writes the tags, as varints. */
export class ProtobufWriter {
  #buffer: Buffer;
  #at = 0;

  /** @param size the expected size in bytes */
  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafeSlow(size);
  }

  /** The bytes so far. */
  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }

  /** Writes an integer below 2^31. */
  varint(value: number): void {
    this.#reserve(5);
    const buffer = this.#buffer;
    let rest = value;
    while (rest > 0x7f) {
      buffer[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[this.#at++] = rest;
  }

  /** Writes any safe integer as an int64. */
  int64(value: number): void {
    if (value >= 0 && value < 2 ** 31) return this.varint(value);
    this.#reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#buffer[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#buffer[this.#at++] = Number(rest);
  }

  fixed32(value: number): void {
    this.#reserve(4);
    const buffer = this.#buffer;
    buffer[this.#at++] = value;
    buffer[this.#at++] = value >>> 8;
    buffer[this.#at++] = value >>> 16;
    buffer[this.#at++] = value >>> 24;
  }

  /** Writes the time in nanoseconds as a fixed64. It exceeds the integers that a number can hold, so both halves are computed in parts. */
  nanoseconds([seconds, nanoseconds]: readonly [number, number]): void {
    const upper = (seconds >>> 16) * 1e9;
    const lower = (seconds & 0xffff) * 1e9 + nanoseconds + (upper & 0xffff) * 0x10000;
    this.fixed32(lower >>> 0);
    this.fixed32(Math.floor(upper / 0x10000) + Math.floor(lower / TWO_TO_32));
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  /** Writes the bytes that hexadecimal digits stand for. */
  hex(digits: string): void {
    this.varint(digits.length / 2);
    this.#reserve(digits.length / 2);
    const buffer = this.#buffer;
    let at = this.#at;
    for (let n = 0; n < digits.length; n += 2) buffer[at++] = (digitOf(digits, n) << 4) | digitOf(digits, n + 1);
    this.#at = at;
  }

  string(text: string): void {
    if (text.length > SHORT || !this.#ascii(text)) this.#utf8(text);
  }

  /** Starts a message. Returns its start for {@link endMessage}. */
  startMessage(): number {
    this.#reserve(1);
    return ++this.#at;
  }

  /** Writes the length of a message before it. Most are short: one byte is reserved, and longer ones are moved. */
  endMessage(start: number): void {
    const end = this.#at;
    const length = end - start;
    const further = length < 0x80 ? 0 : length < 0x4000 ? 1 : length < 0x20_0000 ? 2 : 3;
    if (further > 0) {
      this.#reserve(further);
      this.#buffer.copyWithin(start + further, start, end);
    }
    this.#at = start - 1;
    this.varint(length);
    this.#at = end + further;
  }

  /** Writes a short text, if all characters are of ASCII. */
  #ascii(text: string): boolean {
    const { length } = text;
    this.#reserve(length + 1);
    const buffer = this.#buffer;
    let at = this.#at;
    buffer[at++] = length;
    for (let n = 0; n < length; n += 1) {
      const code = text.charCodeAt(n);
      if (code > 0x7f) return false;
      buffer[at++] = code;
    }
    this.#at = at;
    return true;
  }

  #utf8(text: string): void {
    const length = Buffer.byteLength(text);
    this.varint(length);
    this.#reserve(length);
    this.#at += this.#buffer.write(text, this.#at);
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed > this.#buffer.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

function digitOf(digits: string, at: number): number {
  const code = digits.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : (code | 0x20) - 0x57;
}
