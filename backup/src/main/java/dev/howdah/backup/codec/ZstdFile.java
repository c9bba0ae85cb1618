// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.codec;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentLinkedDeque;

/// Compresses a file that doesn't change into one zstd frame, which carries its size and checksum.
///
/// What is read goes to the compressor without ever being copied into the heap. The two buffers are
/// used again; the compressor's own memory, some megabytes, is given back after each file.
final class ZstdFile {
  private static final int CHUNK = 128 * 1024;
  private static final ConcurrentLinkedDeque<ZstdFile> FREE = new ConcurrentLinkedDeque<>();
  private final ByteBuffer plain = ByteBuffer.allocateDirect(CHUNK);
  private final ByteBuffer packed = ByteBuffer.allocateDirect(CHUNK);
  private final byte[] piece = new byte[CHUNK];

  private ZstdFile() {}

  static void compress(Path from, int level, OutputStream out) throws IOException {
    var free = FREE.poll();
    var mine = free == null ? new ZstdFile() : free;
    try {
      mine.run(from, level, out);
    } catch (ZstdException e) {
      throw new IOException("%s can't be compressed: %s".formatted(from, e.getMessage()), e);
    } finally {
      FREE.push(mine);
    }
  }

  private void run(Path from, int level, OutputStream out) throws IOException {
    try (var file = FileChannel.open(from, StandardOpenOption.READ);
        var zstd = new ZstdCompressCtx()) {
      zstd.setLevel(level).setChecksum(true);
      zstd.setPledgedSrcSize(file.size());
      boolean more = true;
      while (more) {
        plain.clear();
        more = file.read(plain) >= 0;
        plain.flip();
        var directive = more ? EndDirective.CONTINUE : EndDirective.END;
        boolean ended;
        do {
          packed.clear();
          ended = zstd.compressDirectByteBufferStream(packed, plain, directive);
          write(out);
        } while (more ? plain.hasRemaining() : !ended);
      }
    }
  }

  private void write(OutputStream out) throws IOException {
    packed.flip();
    int n = packed.remaining();
    packed.get(piece, 0, n);
    out.write(piece, 0, n);
  }
}
