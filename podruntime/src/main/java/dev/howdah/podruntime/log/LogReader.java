// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

/// Copies a log from an offset on, with or without times, once or as it grows.
final class LogReader {
  private final ContainerLog log;
  private final FileChannel channel;
  private final TimeIndex times;
  private final LogRequest request;
  private final OutputStream out;
  private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private long lineStart;
  private long left;

  LogReader(
      ContainerLog log,
      FileChannel channel,
      TimeIndex times,
      LogRequest request,
      OutputStream out) {
    this.log = log;
    this.channel = channel;
    this.times = times;
    this.request = request;
    this.out = out;
    this.left = request.limitBytes() == null ? Long.MAX_VALUE : request.limitBytes();
  }

  void run(long start) throws IOException, InterruptedException {
    long at = start;
    lineStart = start;
    while (left > 0) {
      if (channel.size() < at) {
        at = 0; // it was cut off
        lineStart = 0;
      }
      at = Math.max(at, log.head());
      int count = channel.read(buffer.clear(), at);
      if (count > 0) {
        write(count, at);
        at += count;
      } else if (!request.follow()) {
        break;
      } else {
        out.flush();
        if (!log.awaitBeyond(at)) {
          break;
        }
      }
    }
    if (line.size() > 0 && left > 0) {
      writeLine();
    }
  }

  private void write(int count, long at) throws IOException {
    if (!request.timestamps()) {
      emit(buffer.array(), count);
      return;
    }
    if (line.size() == 0) {
      lineStart = at;
    }
    for (int i = 0; i < count; i++) {
      byte b = buffer.get(i);
      line.write(b);
      if (b == '\n') {
        writeLine();
        lineStart = at + i + 1;
      }
    }
  }

  private void writeLine() throws IOException {
    byte[] prefix = (times.timeOf(lineStart) + " ").getBytes(StandardCharsets.US_ASCII);
    emit(prefix, prefix.length);
    emit(line.toByteArray(), line.size());
    line.reset();
  }

  private void emit(byte[] bytes, int count) throws IOException {
    int length = (int) Math.min(count, left);
    out.write(bytes, 0, length);
    left -= length;
  }
}
