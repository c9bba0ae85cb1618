// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.log.JsonLog;
import dev.howdah.log.LogSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.event.Level;

/// Where the parts of `howdah up` log, line by line as JSON: `howdah.log` in its home, and what was
/// before it in `howdah.log.1`. The terminal is for people.
final class LogFile extends OutputStream {
  private static final long LIMIT = 8L * 1024 * 1024;
  private final Path file;
  private OutputStream out;
  private long size;

  private LogFile(Path file) throws IOException {
    this.file = file;
    this.size = Files.exists(file) ? Files.size(file) : 0;
    this.out = open(file);
  }

  /// From now on what this process logs goes to the home's file.
  static void use(Home home) throws IOException {
    JsonLog.use(LogSettings.of(""), new LogFile(home.path().resolve("howdah.log")));
  }

  /// Commands that talk to a person log nothing but what went wrong, on standard error.
  static void none() {
    JsonLog.use(new LogSettings(Level.ERROR, "level", "ts", ""), System.err);
  }

  private static OutputStream open(Path file) throws IOException {
    if (!Files.exists(file)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
    }
    return Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (size > LIMIT) {
      out.close();
      Files.move(
          file,
          file.resolveSibling(file.getFileName() + ".1"),
          StandardCopyOption.REPLACE_EXISTING);
      out = open(file);
      size = 0;
    }
    out.write(bytes, offset, length);
    size += length;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
