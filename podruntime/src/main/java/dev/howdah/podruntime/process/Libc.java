// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// The few functions of the C library that terminals need; loaded when the first one is opened.
final class Libc {
  private static final int O_RDWR = 2;
  private static final int O_NOCTTY = 0400;
  private static final int O_CLOEXEC = 02000000;
  private static final long TIOCSWINSZ = 0x5414;
  private static final short POLLIN = 1;
  private static final int EIO_LIKE = -1;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout ADDRESS = ValueLayout.ADDRESS;

  private static final MethodHandle OPEN = function("posix_openpt", INT, INT);
  private static final MethodHandle GRANT = function("grantpt", INT, INT);
  private static final MethodHandle UNLOCK = function("unlockpt", INT, INT);
  private static final MethodHandle NAME = function("ptsname_r", INT, INT, ADDRESS, LONG);
  private static final MethodHandle READ = function("read", LONG, INT, ADDRESS, LONG);
  private static final MethodHandle WRITE = function("write", LONG, INT, ADDRESS, LONG);
  private static final MethodHandle POLL = function("poll", INT, ADDRESS, LONG, INT);
  private static final MethodHandle CLOSE = function("close", INT, INT);
  private static final MethodHandle IOCTL =
      Linker.nativeLinker()
          .downcallHandle(
              symbol("ioctl"),
              FunctionDescriptor.of(INT, INT, LONG, ValueLayout.ADDRESS),
              Linker.Option.firstVariadicArg(2));

  private Libc() {}

  static int openTerminal() throws IOException {
    int fd = (int) call(OPEN, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
      throw new IOException("can't open a terminal: is /dev/pts mounted?");
    }
    if ((int) call(GRANT, fd) != 0 || (int) call(UNLOCK, fd) != 0) {
      close(fd);
      throw new IOException("can't unlock a terminal");
    }
    return fd;
  }

  static String terminalName(int fd) throws IOException {
    try (var arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(64);
      if ((int) call(NAME, fd, name, name.byteSize()) != 0) {
        throw new IOException("can't name a terminal");
      }
      return name.getString(0);
    }
  }

  static void resize(int fd, int columns, int rows) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(8, 8);
      size.set(ValueLayout.JAVA_SHORT, 0, (short) rows);
      size.set(ValueLayout.JAVA_SHORT, 2, (short) columns);
      call(IOCTL, fd, TIOCSWINSZ, size);
    }
  }

  static boolean awaitReadable(int fd, int millis) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment poll = arena.allocate(8, 8);
      poll.set(INT, 0, fd);
      poll.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
      return (int) call(POLL, poll, 1L, millis) != 0;
    }
  }

  /// Reads; -1 at the end, which for a terminal is an error (EIO).
  static int read(int fd, byte[] bytes, int offset, int length) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.max(1, length));
      long count = (long) call(READ, fd, buffer, (long) length);
      if (count <= 0) {
        return EIO_LIKE;
      }
      MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, offset, (int) count);
      return (int) count;
    }
  }

  static void write(int fd, byte[] bytes, int offset, int length) throws IOException {
    try (var arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.max(1, length));
      MemorySegment.copy(bytes, offset, buffer, ValueLayout.JAVA_BYTE, 0, length);
      long done = 0;
      while (done < length) {
        long count = (long) call(WRITE, fd, buffer.asSlice(done), length - done);
        if (count <= 0) {
          throw new IOException("the terminal is closed");
        }
        done += count;
      }
    }
  }

  static void close(int fd) {
    call(CLOSE, fd);
  }

  private static Object call(MethodHandle handle, Object... arguments) {
    try {
      return handle.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("a function of the C library failed", e);
    }
  }

  private static MethodHandle function(String name, ValueLayout result, ValueLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(symbol(name), FunctionDescriptor.of(result, arguments));
  }

  private static MemorySegment symbol(String name) {
    return Linker.nativeLinker()
        .defaultLookup()
        .find(name)
        .orElseThrow(() -> new IllegalStateException("the C library has no " + name));
  }
}
