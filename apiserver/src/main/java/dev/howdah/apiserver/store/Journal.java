// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.store;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;

/// The append-only file behind the store: one line per change, `checksum revision operation type
/// namespace name json`.
///
/// A last line without its end was never acknowledged and is dropped. Any other damaged line is an
/// error: it is not for us to guess what was in it. The file is rewritten with the live objects
/// alone when it has grown.
final class Journal implements Closeable {
  /// What a line says to do.
  enum Op {
    /// The first line: all revisions up to this one are in the state that follows or forgotten.
    BASE,
    PUT,
    DELETE
  }

  /// One line. For DELETE and BASE there is no JSON.
  record Line(Op op, long revision, GroupResource type, Key key, byte[] json) {}

  /// Takes the lines at the start.
  interface Reader {
    void line(Line line);
  }

  private static final byte[] NOTHING = {};
  private final Path file;
  // Not a FileChannel: that one closes itself when a thread is interrupted while it writes.
  private RandomAccessFile out;
  private long size;
  private final ReentrantLock forcing = new ReentrantLock();
  private volatile long forced;
  private volatile long written;
  private volatile boolean broken;

  private Journal(Path file, RandomAccessFile out, long size) {
    this.file = file;
    this.out = out;
    this.size = size;
  }

  /// Reads all lines and opens the file to append.
  static Journal open(Path file, Reader reader) throws IOException {
    var good = Files.exists(file) ? replay(file, Files.readAllBytes(file), reader) : 0;
    if (!Files.exists(file)) {
      createPrivately(file);
    }
    var out = new RandomAccessFile(file.toFile(), "rw");
    out.setLength(good);
    out.seek(good);
    return new Journal(file, out, good);
  }

  private static long replay(Path file, byte[] content, Reader reader) throws IOException {
    var start = 0;
    for (var number = 1; start < content.length; number++) {
      var end = start;
      while (end < content.length && content[end] != '\n') {
        end++;
      }
      if (end == content.length) {
        return start; // torn: its writer was told nothing
      }
      try {
        reader.line(decode(content, start, end));
      } catch (IllegalArgumentException e) {
        throw new IOException(
            "%s is damaged in line %d (%s). Restore the file from a copy, or, to start with an empty API server, move"
                    .formatted(file, number, e.getMessage())
                + " it away.",
            e);
      }
      start = end + 1;
    }
    return start;
  }

  private static Line decode(byte[] content, int start, int end) {
    var fields = new String[6];
    var at = start;
    for (var i = 0; i < fields.length; i++) {
      var from = at;
      while (at < end && content[at] != ' ') {
        at++;
      }
      if (at == end) {
        throw new IllegalArgumentException("it ends too early");
      }
      fields[i] = new String(content, from, at - from, StandardCharsets.UTF_8);
      at++;
    }
    var checked = start + fields[0].length() + 1;
    var crc = new CRC32C();
    crc.update(content, checked, end - checked);
    if (!fields[0].equals(checksum(crc))) {
      throw new IllegalArgumentException("its checksum is wrong");
    }
    var json = java.util.Arrays.copyOfRange(content, at, end);
    return new Line(
        Op.valueOf(fields[2]),
        Long.parseLong(fields[1]),
        GroupResource.parse(fields[3]),
        new Key(fields[4].equals("-") ? "" : fields[4], plain(fields[5])),
        json);
  }

  private static String checksum(CRC32C crc) {
    return "%08x".formatted(crc.getValue());
  }

  private static byte[] encode(Line line) {
    var namespace = line.key().namespace().isEmpty() ? "-" : line.key().namespace();
    var head =
        "%d %s %s %s %s "
            .formatted(
                line.revision(), line.op(), line.type(), namespace, quoted(line.key().name()))
            .getBytes(StandardCharsets.UTF_8);
    var crc = new CRC32C();
    crc.update(head);
    crc.update(line.json());
    var out = new ByteArrayOutputStream(head.length + line.json().length + 10);
    out.writeBytes((checksum(crc) + " ").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(head);
    out.writeBytes(line.json());
    out.write('\n');
    return out.toByteArray();
  }

  // Names hold no percent sign (it would end up in addresses), but those of roles may hold blanks.
  private static String quoted(String name) {
    return name.isEmpty() ? "%" : name.replace(" ", "%20").replace("\n", "%0A");
  }

  private static String plain(String name) {
    return name.equals("%") ? "" : name.replace("%20", " ").replace("%0A", "\n");
  }

  /// Appends a line; it survives the death of this process from here on. Returns the mark to
  /// [force][#force].
  long append(Line line) throws IOException {
    if (broken) {
      throw new IOException(
          "an earlier write to " + file + " failed; restart when the disk is well");
    }
    var bytes = encode(line);
    try {
      out.write(bytes);
    } catch (IOException e) {
      undo();
      throw e;
    }
    size += bytes.length;
    var mark = written + 1;
    written = mark;
    return mark;
  }

  private void undo() throws IOException {
    try {
      out.setLength(size);
      out.seek(size);
    } catch (IOException e) {
      broken = true;
      throw e;
    }
  }

  /// Returns when everything up to the mark is on the disk, so that it survives a power cut too.
  /// Several callers share one flush.
  void force(long mark) throws IOException {
    if (forced >= mark) {
      return;
    }
    forcing.lock();
    try {
      if (forced >= mark) {
        return;
      }
      var upTo = written;
      out.getFD().sync();
      forced = Math.max(upTo, forced);
    } catch (IOException e) {
      broken = true; // after a failed flush nobody knows what is on the disk
      throw e;
    } finally {
      forcing.unlock();
    }
  }

  /// The size of the file in bytes.
  long size() {
    return size;
  }

  static Line base(long revision) {
    return new Line(Op.BASE, revision, new GroupResource("", "-"), new Key("", ""), NOTHING);
  }

  static Line put(Stored object) {
    return new Line(Op.PUT, object.revision(), object.type(), object.key(), object.json());
  }

  static Line delete(Stored object) {
    return new Line(Op.DELETE, object.revision(), object.type(), object.key(), NOTHING);
  }

  /// Replaces the file by one that holds just these objects. The caller lets nobody append
  /// meanwhile.
  void rewrite(long revision, Iterable<Stored> live) throws IOException {
    var fresh = file.resolveSibling(file.getFileName() + ".new");
    forcing.lock();
    try {
      Files.deleteIfExists(fresh);
      createPrivately(fresh);
      var next = new RandomAccessFile(fresh.toFile(), "rw");
      try {
        next.setLength(0);
        next.write(encode(base(revision)));
        for (var object : live) {
          next.write(encode(put(object)));
        }
        next.getFD().sync();
        Files.move(
            fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        next.close();
        throw e;
      }
      out.close();
      out = next;
      size = next.length();
      forceFolder(file);
      forced = written;
    } finally {
      forcing.unlock();
    }
  }

  // Secrets are in it, so nobody else may read it, wherever the folder is.
  private static void createPrivately(Path file) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private static void forceFolder(Path file) throws IOException {
    var folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      try (var handle = FileChannel.open(folder, StandardOpenOption.READ)) {
        handle.force(true);
      }
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
