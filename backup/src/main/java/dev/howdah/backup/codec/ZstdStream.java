// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.codec;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.ConcurrentLinkedDeque;

/// Compresses what is written to it into one zstd frame with a checksum. Closing it closes `out`.
///
/// What a file holds goes to the compressor without ever being copied into the heap. The buffers
/// outside the heap are used again; the compressor's own memory is given back at the end.
final class ZstdStream extends OutputStream {
  private static final int CHUNK = 128 * 1024;

  /// Half a megabyte of window, and tables to match, instead of the level's two: all of it stays in
  /// a processor's second cache, which saves a sixth of the time and costs one or two in a hundred
  /// of the size (bench/backup.md).
  private static final int WINDOW_LOG = 19;

  private static final int LONG_HASH_LOG = 16;
  private static final int SHORT_HASH_LOG = 15;
  private static final int TUNED_LEVEL = 3;
  private static final ConcurrentLinkedDeque<Buffers> FREE = new ConcurrentLinkedDeque<>();

  private final OutputStream out;
  private final ZstdCompressCtx zstd = new ZstdCompressCtx();
  private final Buffers buffers;
  private boolean closed;
  private boolean broken;

  private record Buffers(ByteBuffer plain, ByteBuffer packed, byte[] piece) {
    static Buffers take() {
      var free = FREE.poll();
      return free == null
          ? new Buffers(
              ByteBuffer.allocateDirect(CHUNK), ByteBuffer.allocateDirect(CHUNK), new byte[CHUNK])
          : free;
    }
  }

  /// @param size of all that will be written, which the frame then tells; negative if not known
  ZstdStream(OutputStream out, int level, long size) {
    this.out = out;
    this.buffers = Buffers.take();
    buffers.plain.clear();
    zstd.setLevel(level).setChecksum(true);
    if (level == TUNED_LEVEL) {
      zstd.setWindowLog(WINDOW_LOG).setHashLog(LONG_HASH_LOG).setChainLog(SHORT_HASH_LOG);
    }
    if (size >= 0) {
      zstd.setPledgedSrcSize(size);
    }
  }

  /// Compresses all that is left in a file.
  void transferFrom(ReadableByteChannel file) throws IOException {
    requireOpen();
    while (file.read(buffers.plain) >= 0) {
      compress(EndDirective.CONTINUE);
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    requireOpen();
    int at = offset;
    int left = length;
    while (left > 0) {
      int n = Math.min(left, buffers.plain.remaining());
      buffers.plain.put(bytes, at, n);
      at += n;
      left -= n;
      if (!buffers.plain.hasRemaining()) {
        compress(EndDirective.CONTINUE);
      }
    }
  }

  /// The buffers are another stream's by then.
  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("written to after it was closed");
    }
  }

  private void compress(EndDirective directive) throws IOException {
    var plain = buffers.plain.flip();
    var packed = buffers.packed;
    boolean ended;
    broken = true;
    try {
      do {
        packed.clear();
        ended = zstd.compressDirectByteBufferStream(packed, plain, directive);
        int n = packed.flip().remaining();
        packed.get(buffers.piece, 0, n);
        out.write(buffers.piece, 0, n);
      } while (directive == EndDirective.END ? !ended : plain.hasRemaining());
    } catch (ZstdException e) {
      throw new IOException("it can't be compressed: " + e.getMessage(), e);
    }
    plain.clear();
    broken = false;
  }

  /// After a failure the frame is left without its end, so that nobody takes it for whole.
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (out) {
      if (!broken) {
        compress(EndDirective.END);
      }
    } finally {
      zstd.close();
      FREE.push(buffers);
    }
  }
}
