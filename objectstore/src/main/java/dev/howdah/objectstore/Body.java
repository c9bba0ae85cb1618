// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore;

import dev.howdah.http.Content;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/// The bytes of an object or a part, of known length, readable as often as a request is repeated.
public interface Body extends Content {
  /// Bytes in memory, in several pieces, so that a compressor's blocks need no copy.
  record Buffers(List<ByteBuffer> pieces) implements Body {
    public Buffers {
      pieces = List.copyOf(pieces);
    }

    @Override
    public long length() {
      return pieces.stream().mapToLong(ByteBuffer::remaining).sum();
    }

    @Override
    public InputStream open() {
      return new SequenceInputStream(
          Collections.enumeration(
              pieces.stream().<InputStream>map(b -> new BufferStream(b.duplicate())).toList()));
    }
  }

  /// A file, which must not change meanwhile.
  record OfFile(Path file, long length) implements Body {
    @Override
    public InputStream open() throws IOException {
      return Files.newInputStream(file);
    }
  }

  static Body of(byte[] bytes) {
    return new Buffers(List.of(ByteBuffer.wrap(bytes)));
  }

  static Body of(List<ByteBuffer> pieces) {
    return new Buffers(pieces);
  }

  static Body of(Path file) throws IOException {
    return new OfFile(file, Files.size(file));
  }
}
