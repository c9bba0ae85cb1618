// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// A pseudo-terminal: programs run on one side, we read and write the other.
public final class Terminal implements AutoCloseable {
  private static final int POLL_MILLIS = 100;

  private final int fd;
  private final Path device;

  /// Who uses the descriptor at this moment: once it is closed, its number may be another file's.
  private int users;

  private boolean closed;

  private Terminal(int fd, Path device) {
    this.fd = fd;
    this.device = device;
  }

  /// Makes a terminal that a user may open.
  public static Terminal open(RunAs user) throws IOException {
    int fd = Libc.openTerminal();
    try {
      Path device = Path.of(Libc.terminalName(fd));
      if (user.drop()) {
        Files.setAttribute(device, "unix:uid", user.uid());
      }
      return new Terminal(fd, device);
    } catch (IOException e) {
      Libc.close(fd);
      throw e;
    }
  }

  /// What programs use as their standard streams.
  public Path device() {
    return device;
  }

  /// Tells programs how large the terminal is.
  public void resize(int columns, int rows) {
    if (enter()) {
      try {
        Libc.resize(fd, columns, rows);
      } finally {
        leave();
      }
    }
  }

  /// What programs print. Ends when no program has the terminal open any more.
  public InputStream output() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        while (enter()) {
          try {
            if (Libc.awaitReadable(fd, POLL_MILLIS)) {
              return Libc.read(fd, bytes, offset, length);
            }
          } finally {
            leave();
          }
        }
        return -1;
      }
    };
  }

  /// What programs read.
  public OutputStream input() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        if (!enter()) {
          throw new IOException("the terminal is closed");
        }
        try {
          Libc.write(fd, bytes, offset, length);
        } finally {
          leave();
        }
      }
    };
  }

  /// Hangs up: programs that use it get SIGHUP.
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      closeUnused();
    }
  }

  private synchronized boolean enter() {
    if (closed) {
      return false;
    }
    users++;
    return true;
  }

  private synchronized void leave() {
    users--;
    if (closed) {
      closeUnused();
    }
  }

  private void closeUnused() {
    if (users == 0) {
      Libc.close(fd);
    }
  }
}
