// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.protobuf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A cursor over the wire format of protocol buffers.
final class Wire {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;

  private static final int MAX_DEPTH = 200;

  private final byte[] data;
  private final int end;
  private final int depth;
  private int position;
  private int tag;

  Wire(byte[] data) {
    this(data, 0, data.length, 0);
  }

  private Wire(byte[] data, int from, int end, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("the protocol buffers body is nested too deeply");
    }
    this.depth = depth;
    this.data = data;
    this.position = from;
    this.end = end;
  }

  /// Steps to the next field; false at the end.
  boolean next() {
    if (position >= end) {
      return false;
    }
    tag = (int) varint();
    return true;
  }

  int number() {
    return tag >>> 3;
  }

  int type() {
    return tag & 7;
  }

  boolean isEmpty() {
    return position >= end;
  }

  long varint() {
    var result = 0L;
    for (var shift = 0; shift < 64; shift += 7) {
      if (position >= end) {
        throw truncated();
      }
      var next = data[position++];
      result |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return result;
      }
    }
    throw new IllegalArgumentException("malformed number in the protocol buffers body");
  }

  long fixed(int bytes) {
    if (end - position < bytes) {
      throw truncated();
    }
    var result = 0L;
    for (var i = 0; i < bytes; i++) {
      result |= (data[position++] & 0xffL) << (8 * i);
    }
    return result;
  }

  /// The part of a nested message.
  Wire message() {
    var length = varint();
    if (length < 0 || length > end - position) {
      throw truncated();
    }
    var part = new Wire(data, position, position + (int) length, depth + 1);
    position += (int) length;
    return part;
  }

  byte[] bytes() {
    var part = message();
    return Arrays.copyOfRange(data, part.position, part.end);
  }

  String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  void skip() {
    switch (type()) {
      case VARINT -> varint();
      case FIXED64 -> fixed(8);
      case BYTES -> message();
      case FIXED32 -> fixed(4);
      default -> throw new IllegalArgumentException("unknown wire type " + type());
    }
  }

  private static IllegalArgumentException truncated() {
    return new IllegalArgumentException("the protocol buffers body is truncated");
  }
}
