// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log of one run of a container: a file the container itself writes to, so that nothing is
/// lost and nobody is blocked while no runtime runs.
///
/// Times are noted beside it whenever it has grown. Its size is bounded by giving the blocks of its
/// beginning back to the file system; offsets stay as they are.
public final class ContainerLog {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerLog.class);
  private static final int CHUNK = 64 * 1024;

  /// How long a follower waits at most before it looks by itself.
  private static final long GLANCE_SECONDS = 5;

  private final Path file;
  private final Path headFile;
  private final TimeIndex times;
  private final InstantSource clock;
  private final long limit;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition grown = lock.newCondition();
  private long head;
  private long known;
  private boolean ended;

  /// @param file `<n>.log`, written by the container
  /// @param limit how many bytes are kept at most, about
  public ContainerLog(Path file, InstantSource clock, long limit) throws IOException {
    this.file = file;
    this.headFile = file.resolveSibling(file.getFileName() + ".head");
    this.times = new TimeIndex(file.resolveSibling(file.getFileName() + ".times"));
    this.clock = clock;
    this.limit = limit;
    this.head = Files.exists(headFile) ? number(Files.readString(headFile).strip()) : 0;
    this.known = times.end();
  }

  /// A crash may have cut the file short; then all of the log is read, with its holes.
  private static long number(String text) {
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
  }

  /// Notes that it may have grown.
  public void look() {
    lock.lock();
    try {
      long size = size();
      if (size < known) {
        restart();
      }
      if (size > known) {
        times.add(size, clock.instant());
        known = size;
        grown.signalAll();
        if (size - head > limit) {
          trim(size);
        }
      }
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("file", file).setCause(e).log("log not readable");
    } finally {
      lock.unlock();
    }
  }

  /// Notes that nobody writes to it any more: followers finish.
  public void end() {
    look();
    lock.lock();
    try {
      ended = true;
      grown.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Writes what is asked for; with `follow`, until the container ended or the thread is
  /// interrupted.
  public void copy(LogRequest request, OutputStream out) throws IOException, InterruptedException {
    look();
    if (!Files.exists(file)) {
      return;
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      new LogReader(this, channel, times, request, out).run(start(request, channel));
    }
    out.flush();
  }

  /// The last bytes, for a termination message.
  public String lastText(int maxBytes, int maxLines) throws IOException {
    look();
    if (!Files.exists(file)) {
      return "";
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long end = channel.size();
      long from = Math.max(tail(channel, maxLines), end - maxBytes);
      var bytes = ByteBuffer.allocate((int) (end - from));
      channel.read(bytes, from);
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }
  }

  /// Waits until the log reaches beyond an offset; false when it has ended before.
  boolean awaitBeyond(long offset) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (known <= offset) {
        if (ended) {
          return false;
        }
        if (!grown.await(GLANCE_SECONDS, TimeUnit.SECONDS)) {
          look();
        }
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// The first offset that still has its bytes.
  long head() {
    lock.lock();
    try {
      return head;
    } finally {
      lock.unlock();
    }
  }

  private long start(LogRequest request, FileChannel channel) throws IOException {
    long start = head();
    if (request.since() != null) {
      start = Math.max(start, times.offsetOf(request.since()));
    }
    if (request.tailLines() != null) {
      start = Math.max(start, tail(channel, request.tailLines()));
    }
    return start;
  }

  /// Where the last lines begin.
  private long tail(FileChannel channel, int lines) throws IOException {
    long floor = head();
    long end = channel.size();
    if (lines <= 0) {
      return end;
    }
    int seen = 0;
    var buffer = ByteBuffer.allocate(CHUNK);
    long at = end;
    while (at > floor) {
      int length = (int) Math.min(CHUNK, at - floor);
      buffer.clear().limit(length);
      channel.read(buffer, at - length);
      for (int i = length - 1; i >= 0; i--) {
        long offset = at - length + i;
        if (buffer.get(i) == '\n' && offset != end - 1 && ++seen == lines) {
          return offset + 1;
        }
      }
      at -= length;
    }
    return floor;
  }

  private void trim(long size) throws IOException {
    long target = size - limit / 2;
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      head = nextLine(channel, target, size);
    }
    Files.writeString(headFile, head + "\n");
    times.dropBefore(head);
    if (!Holes.punch(file, head)) {
      // A file system without holes: better to lose the log than to fill the disk.
      try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(0);
      }
      restart();
    }
  }

  private void restart() throws IOException {
    head = 0;
    known = 0;
    Files.deleteIfExists(headFile);
    times.clear();
  }

  private static long nextLine(FileChannel channel, long from, long end) throws IOException {
    var buffer = ByteBuffer.allocate(CHUNK);
    channel.read(buffer, from);
    for (int i = 0; i < buffer.position(); i++) {
      if (buffer.get(i) == '\n') {
        return from + i + 1;
      }
    }
    return Math.min(from, end);
  }

  private long size() throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }
}
